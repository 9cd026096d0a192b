import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, glob, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { systemIds } from '../../src/core/ids.ts';
import { serverProgram } from './server-program.ts';

export type TestPostgres = {
  /** The address of a new, empty database; it goes with the server, or with `stop`. */
  freshDatabase(): Promise<string>;
  stop(): Promise<void>;
};

type Owner = { readonly uid: number; readonly gid: number };
type Server = { readonly url: string; stop(): Promise<void> };

/** A real PostgreSQL: that of TEST_DATABASE_URL, else one of this test's own, installed when the machine has none. */
export async function startPostgres(): Promise<TestPostgres> {
  const given = process.env['TEST_DATABASE_URL'];
  const server = given === undefined || given === '' ? await startServer() : { url: given, stop: async () => {} };
  const made: string[] = [];
  return {
    async freshDatabase() {
      const name = `gateway_test_${systemIds.uuid().replaceAll('-', '')}`;
      await run(server.url, `create database ${name}`);
      made.push(name);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    async stop() {
      for (const name of made) await run(server.url, `drop database if exists ${name} with (force)`);
      await server.stop();
    },
  };
}

async function run(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function startServer(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-postgres-'));
  const owner = serverOwner();
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const initdb = await program('initdb');
  const options = { ...owner, cwd: folder, encoding: 'utf8' } as const;
  const made = spawnSync(initdb, ['-D', data, '-U', 'gateway', '-A', 'trust', '-E', 'UTF8', '--no-sync'], options);
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const flags = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', '', '-c', 'fsync=off'];
  const server = spawn(await program('postgres'), flags, {
    ...owner,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const killNow = (): void => void server.kill('SIGQUIT');
  process.once('exit', killNow);
  await ready(server);
  return {
    url: `postgres://gateway@127.0.0.1:${port}/postgres`,
    async stop() {
      process.off('exit', killNow);
      server.kill('SIGINT');
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the server says so in its log, which is drained from then on. */
async function ready(server: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    server.once('exit', () => reject(new Error(`PostgreSQL ended at once: ${said}`)));
    server.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
      if (said.includes('ready to accept connections')) resolve();
    });
  });
}

/** PostgreSQL refuses to run as root: there it runs as the user of its package, or as nobody. */
function serverOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const found = ['postgres', 'nobody'].map((user) => spawnSync('id', [flag, user], { encoding: 'utf8' }));
    return Number(found.find((answer) => answer.status === 0)?.stdout);
  });
  if (!Number.isInteger(uid) || !Number.isInteger(gid)) throw new Error('No user to run PostgreSQL as');
  return { uid: Number(uid), gid: Number(gid) };
}

/** Debian keeps these programs off the PATH, in a folder of the version's. */
async function program(name: 'initdb' | 'postgres'): Promise<string> {
  return (await inPackage(name)) ?? (await installed(name));
}

async function installed(name: 'initdb' | 'postgres'): Promise<string> {
  const onPath = serverProgram([name], 'postgresql');
  return (await inPackage(name)) ?? onPath;
}

async function inPackage(name: string): Promise<string | undefined> {
  const found: string[] = [];
  for await (const path of glob(`/usr/lib/postgresql/*/bin/${name}`)) found.push(path);
  return found.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}
