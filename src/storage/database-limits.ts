/** How much of PostgreSQL one process takes, and how long it waits. Milliseconds. */
export type DatabaseLimits = {
  readonly poolSize: number;
  /** For one statement, waiting for locks included. */
  readonly statementTimeoutMs: number;
  /** For one lock that another transaction has. */
  readonly lockTimeoutMs: number;
};

export const DATABASE_LIMITS: DatabaseLimits = { poolSize: 10, statementTimeoutMs: 10_000, lockTimeoutMs: 5000 };

/** A migration may take its time, and replicas that start together wait for the one that does it. */
export const MIGRATION_LIMITS: DatabaseLimits = { poolSize: 1, statementTimeoutMs: 300_000, lockTimeoutMs: 120_000 };
