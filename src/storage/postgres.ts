import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import { Pool, types } from 'pg';
import type { Log } from '../core/log.ts';
import type { Schema } from './schema.ts';

const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 3000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** Longer than the server's own limit: for a server that does not answer at all. */
const ANSWER_TIMEOUT_MS = 12_000;

/** Connects lazily. Eight-byte integers come as numbers: all of ours are counts and milliseconds, far below 2^53. */
export function openPostgres(url: string, log: Log): Kysely<Schema> {
  const pool = new Pool({
    connectionString: url,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'tasty-gateway',
    types: {
      getTypeParser: (oid, format) => (oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)),
    },
  });
  // A connection that breaks is replaced by the pool; without these listeners it would end the process. The pool listens to idle
  // ones only: one that is held between two statements is told of to its holder by the next of them.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', ({ message }) => log.warn({ error: message }, 'A database connection broke while idle'));
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] });
}
