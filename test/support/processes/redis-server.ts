import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { fixedPort, fixedPortWithBus } from '../fixed-port.ts';
import { serverProgram } from '../server-program.ts';
import { type RunningProcess, startProcess } from './running-process.ts';

/** A Redis, or a Sentinel, of the test's own, always on the same port of loopback. */
export type RedisServer = {
  readonly port: number;
  readonly url: string;
  isRunning(): boolean;
  /** SIGKILL; resolves when it is dead. What it held is lost. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open, and nothing is answered until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Starts it again after a kill, empty; nothing when it runs. */
  start(): Promise<void>;
  /** One command over a connection of its own. Throws when it is not answered within two seconds. */
  ask(command: string, ...args: readonly (string | number)[]): Promise<unknown>;
  stop(): Promise<void>;
};

const PATIENCE_MS = 2000;
/** As in the product's own compose file: nothing is kept on disk. */
const PLAIN = ['save ""', 'appendonly no', 'repl-diskless-sync-delay 0'];
const READY = /eady to accept connections|monitor master/u;

type Role =
  | { readonly kind: 'redis' }
  | { readonly kind: 'replica'; readonly of: number }
  | { readonly kind: 'cluster' }
  | { readonly kind: 'sentinel'; readonly lines: readonly string[] };

function linesOf(role: Role): readonly string[] {
  if (role.kind === 'sentinel') return role.lines;
  if (role.kind === 'cluster') return [...PLAIN, 'cluster-enabled yes'];
  return role.kind === 'redis' ? PLAIN : [...PLAIN, `replicaof 127.0.0.1 ${role.of}`];
}

/** Starts a real server, installed when the machine has none. */
export async function startRedisServer(role: Role = { kind: 'redis' }): Promise<RedisServer> {
  const command = serverProgram(['redis-server', 'valkey-server'], 'redis-server');
  const folder = await mkdtemp(join(tmpdir(), 'gateway-redis-'));
  const port = await (role.kind === 'cluster' ? fixedPortWithBus() : fixedPort());
  const config = join(folder, 'redis.conf');
  const lines = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, 'protected-mode no', ...linesOf(role)];
  await writeFile(config, `${lines.join('\n')}\n`);
  const args = [config, ...(role.kind === 'sentinel' ? ['--sentinel'] : [])];
  const launch = (): Promise<RunningProcess> => startProcess({ command, args, spawn: { cwd: folder }, ready: READY });
  let server = await launch();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    isRunning: () => server.isRunning(),
    async kill() {
      server.signal('SIGKILL');
      await server.ended;
    },
    freeze: () => server.signal('SIGSTOP'),
    thaw: () => server.signal('SIGCONT'),
    async start() {
      if (!server.isRunning()) server = await launch();
    },
    ask: (name, ...rest) => ask(port, name, rest),
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ask(port: number, name: string, args: readonly (string | number)[]): Promise<unknown> {
  const client = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    connectTimeout: PATIENCE_MS,
    commandTimeout: PATIENCE_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false,
  });
  // The command itself tells what went wrong.
  client.on('error', () => {});
  try {
    await client.connect();
    return await client.call(name, ...args);
  } finally {
    client.disconnect();
  }
}
