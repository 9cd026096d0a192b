import type { AuditHead, AuditRecord } from './stores/audit-store.ts';
import type { ConfirmationRow, IntentRow, SwitchRow } from './stores/ledger-store.ts';

/**
 * Every table, as the code sees it. Columns are snake_case in the database. Portable between SQLite and PostgreSQL:
 * times are epoch milliseconds, structures are JSON text, money is decimal text.
 */
export type Schema = {
  migrations: MigrationsTable;
  tenants: TenantsTable;
  bindings: BindingsTable;
  credentials: CredentialsTable;
  documents: DocumentsTable;
  intents: IntentRow;
  confirmations: ConfirmationRow;
  switches: SwitchRow;
  audit: AuditRecord;
  auditHeads: AuditHead;
  cancelRequests: CancelRequestsTable;
};

type MigrationsTable = { id: number; name: string; appliedAt: number };

type TenantsTable = {
  id: string;
  name: string;
  environment: string;
  account: string | null;
  status: string;
  /** Goes up by one with every change of the credentials; 0: there never were any. */
  credentialsVersion: number;
  /** The rules that differ from the environment's defaults, as JSON; null: none. */
  plan: string | null;
  createdAt: number;
  updatedAt: number;
};

type BindingsTable = { issuer: string; subject: string; tenantId: string; createdAt: number };

type CredentialsTable = {
  tenantId: string;
  field: string;
  version: number;
  kekId: string;
  sealed: string;
  createdAt: number;
};

type DocumentsTable = { name: string; body: string; updatedAt: number };

type CancelRequestsTable = {
  id: string;
  scope: string;
  tenantId: string | null;
  account: string | null;
  symbol: string | null;
  reason: string;
  by: string;
  createdAt: number;
  claimedUntil: number | null;
  doneAt: number | null;
  result: string | null;
};
