import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { serverProgram } from './server-program.ts';

/** A Redis of one test's own, which may be emptied, stopped, frozen and started again at the same address. */
export type RestartableRedis = {
  readonly url: string;
  empty(): Promise<void>;
  /** It forgets everything, as a restart without persistence does. */
  halt(): Promise<void>;
  start(): Promise<void>;
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
};

export async function startRestartableRedis(): Promise<RestartableRedis> {
  const program = serverProgram(['redis-server', 'valkey-server'], 'redis-server');
  const folder = await mkdtemp(join(tmpdir(), 'gateway-redis-'));
  const port = await freePort();
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    const started = spawn(program, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
    server = started;
    for await (const chunk of started.stdout) {
      if (String(chunk).includes('eady to accept connections')) break;
    }
    started.stdout.resume();
  }
  async function halt(): Promise<void> {
    const running = server;
    server = undefined;
    if (running === undefined) return;
    running.kill('SIGKILL');
    if (running.exitCode === null && running.signalCode === null) await once(running, 'exit');
  }
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    async empty() {
      const client = new Redis(port, '127.0.0.1');
      await client.flushall();
      client.disconnect();
    },
    halt,
    start,
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    async stop() {
      await halt();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
