import { spawnSync } from 'node:child_process';
import { chown, glob, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { systemIds } from '../../src/core/ids.ts';
import { fixedPort } from './fixed-port.ts';
import { type RunningProcess, startProcess } from './processes/running-process.ts';
import { serverProgram } from './server-program.ts';

export type TestPostgres = {
  /** The address of a new, empty database; it goes with the server, or with `stop`. */
  freshDatabase(): Promise<string>;
  stop(): Promise<void>;
};

/** A server of the test's own, which may be away for a while. */
export type OwnPostgres = TestPostgres & {
  /** A fast shutdown, as for a restart: whoever is connected is cut off. Resolves when it has ended. */
  halt(): Promise<void>;
  /** Starts it again on the same port, with all that it had committed. */
  resume(): Promise<void>;
};

type Owner = { readonly uid: number; readonly gid: number };
type Server = Omit<OwnPostgres, 'freshDatabase'> & { readonly url: string };

/** A real PostgreSQL: that of TEST_DATABASE_URL, else one of this test's own, installed when the machine has none. */
export async function startPostgres(): Promise<TestPostgres> {
  const given = process.env['TEST_DATABASE_URL'];
  return given === undefined || given === '' ? startOwnPostgres() : databasesOf(given);
}

/** A real PostgreSQL of this test's own, installed when the machine has none. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const { url, ...server } = await startServer();
  return { ...databasesOf(url), ...server };
}

function databasesOf(server: string): TestPostgres {
  const made: string[] = [];
  return {
    async freshDatabase() {
      const name = `gateway_test_${systemIds.uuid().replaceAll('-', '')}`;
      await run(server, `create database ${name}`);
      made.push(name);
      const url = new URL(server);
      url.pathname = `/${name}`;
      return url.href;
    },
    async stop() {
      for (const name of made) await run(server, `drop database if exists ${name} with (force)`);
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
  const port = await fixedPort();
  const flags = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', '', '-c', 'fsync=off'];
  const postgres = await program('postgres');
  const start = (): Promise<RunningProcess> =>
    startProcess({
      command: postgres,
      args: flags,
      spawn: { ...owner, cwd: folder },
      ready: /ready to accept connections/u,
      stopSignal: 'SIGINT',
      // Its own children go with it only when it is told.
      lastSignal: 'SIGQUIT',
    });
  let server = await start();
  return {
    url: `postgres://gateway@127.0.0.1:${port}/postgres`,
    halt: () => server.stop(),
    async resume() {
      server = await start();
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
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
