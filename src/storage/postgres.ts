import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import { Client, type ClientConfig, Pool, type PoolClient, types } from 'pg';
import type { Log } from '../core/log.ts';
import type { DatabaseLimits } from './database-limits.ts';
import type { Schema } from './schema.ts';

const CONNECT_TIMEOUT_MS = 3000;
/** Longer than the server's own limit: for a server that does not answer at all. */
const SERVER_SLACK_MS = 2000;

/** An open PostgreSQL. */
export type Postgres = {
  readonly db: Kysely<Schema>;
  /** Ends every connection, in use or not, and whatever waits for an answer on it. The next query makes new ones. */
  cut(): void;
  /** Idempotent. */
  close(): Promise<void>;
};

export type PostgresOptions = { readonly url: string; readonly limits: DatabaseLimits; readonly log: Log };

/** Connects lazily. Eight-byte integers come as numbers: all of ours are counts and milliseconds, far below 2^53. */
export function openPostgres(options: PostgresOptions): Postgres {
  let pool = createPool(options);
  let ended: Promise<void> | undefined;
  const end = (): Promise<void> => {
    ended ??= pool.end();
    return ended;
  };
  const connect = (): Promise<PoolClient> =>
    ended === undefined ? pool.connect() : Promise.reject(new Error('The database has been closed'));
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: { connect, end } }),
    plugins: [new CamelCasePlugin()],
  });
  return {
    db,
    cut() {
      if (ended !== undefined) return;
      const old = pool;
      pool = createPool(options);
      old.cut();
    },
    async close() {
      await db.destroy();
      // One that was never used has nothing to destroy, and would open itself with its first query.
      await end();
    },
  };
}

function createPool({ url, limits, log }: PostgresOptions) {
  const pool = new Pool({
    ...connectionTo(url),
    max: limits.poolSize,
    statement_timeout: limits.statementTimeoutMs,
    lock_timeout: limits.lockTimeoutMs,
    idle_in_transaction_session_timeout: limits.statementTimeoutMs,
    query_timeout: limits.statementTimeoutMs + SERVER_SLACK_MS,
    types: {
      getTypeParser: (oid, format) => (oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)),
    },
  });
  const inUse = new Set<PoolClient>();
  // A connection that breaks is replaced by the pool; without these listeners it would end the process. The pool listens to idle
  // ones only: one that is held between two statements is told of to its holder by the next of them.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', ({ message }) => log.warn({ error: message }, 'A database connection broke while idle'));
  pool.on('acquire', (client) => inUse.add(client));
  pool.on('release', (_error, client) => inUse.delete(client));
  return {
    connect: () => pool.connect(),
    end: () => pool.end(),
    cut() {
      for (const client of inUse) client.end().catch(() => {});
      pool.end().catch(() => {});
    },
  };
}

/** A connection of its own, to ask whether the server answers. */
export type PostgresProbe = {
  /** Rejects when it does not. */
  ask(): Promise<void>;
  /** Whatever still waits is given up. */
  drop(): void;
};

export function createPostgresProbe(url: string): PostgresProbe {
  let client: Client | undefined;

  function drop(): void {
    client?.end().catch(() => {});
    client = undefined;
  }

  async function connected(): Promise<Client> {
    if (client !== undefined) return client;
    const fresh = new Client(connectionTo(url));
    client = fresh;
    fresh.on('error', () => {
      if (client === fresh) drop();
    });
    await fresh.connect();
    return fresh;
  }

  return {
    async ask() {
      try {
        await (await connected()).query('select 1');
      } catch (error) {
        drop();
        throw error;
      }
    },
    drop,
  };
}

const connectionTo = (url: string): ClientConfig => ({
  connectionString: url,
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  keepAlive: true,
  application_name: 'tasty-gateway',
});
