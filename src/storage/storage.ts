import { type Kysely, sql } from 'kysely';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { DatabaseLimits } from './database-limits.ts';
import type { Database } from './database.ts';
import { openDatabase } from './open-database.ts';
import type { Schema } from './schema.ts';
import { truncateLog } from './sqlite.ts';
import type { AuditStore } from './stores/audit-store.ts';
import { createCredentialStore, type CredentialStore } from './stores/credential-store.ts';
import { createDocumentStore, type DocumentStore } from './stores/document-store.ts';
import type { LedgerStore } from './stores/ledger-store.ts';
import { createAuditStore } from './stores/sql-audit.ts';
import { createLedgerStore } from './stores/sql-ledger.ts';
import { createSwitchStore, type SwitchStore } from './stores/switch-store.ts';
import { createTenantStore, type TenantStore } from './stores/tenant-store.ts';

/** What must not be lost. One schema and one set of queries, in PostgreSQL or SQLite. */
export type Storage = {
  /** For stores that live beside their own domain. */
  readonly database: Database;
  readonly tenants: TenantStore;
  readonly credentials: CredentialStore;
  readonly documents: DocumentStore;
  readonly ledger: LedgerStore;
  readonly audit: AuditStore;
  readonly switches: SwitchStore;
  /** Whether a query is answered within a second. Never throws. */
  healthy(): Promise<boolean>;
  /** Makes deleted rows unreadable in the files too, where the gateway owns the files. */
  purgeDeleted(): Promise<void>;
  /** Idempotent, bounded to two seconds. */
  close(): Promise<void>;
};

export type StorageOptions = {
  /** `postgres://…`; absent: SQLite in `dataDir`. */
  readonly databaseUrl?: string;
  /** Of PostgreSQL; the usual ones unless told. */
  readonly limits?: DatabaseLimits;
  readonly dataDir: string;
  /** 32 bytes that seal the audit. Another key, and every chain reads as broken. */
  readonly auditKey: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
};

const HEALTH_TIMEOUT_MS = 1000;
const CLOSE_TIMEOUT_MS = 2000;

/** Opens the database and brings its schema up to date. Throws `storage_unavailable` or `config_invalid`. */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { auditKey, clock, log } = options;
  const { database, db, isAway, close } = await openDatabase(options);
  const audit = createAuditStore(database, auditKey, log);
  return {
    database,
    tenants: createTenantStore(database, audit),
    credentials: createCredentialStore(database),
    documents: createDocumentStore(database, clock),
    ledger: createLedgerStore(database, audit),
    audit,
    switches: createSwitchStore(database, audit),
    healthy: async () => !isAway() && isHealthy(db, clock),
    purgeDeleted: () => (database.kind === 'sqlite' ? database.run(truncateLog) : Promise.resolve()),
    close: () => within(clock, CLOSE_TIMEOUT_MS, close()),
  };
}

async function isHealthy(db: Kysely<Schema>, clock: Clock): Promise<boolean> {
  let answered = false;
  const asked = sql`select 1`.execute(db).then(
    () => {
      answered = true;
    },
    () => {},
  );
  await within(clock, HEALTH_TIMEOUT_MS, asked);
  return answered;
}

/** Waits for `work` no longer than `ms`. */
function within(clock: Clock, ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, resolve);
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
