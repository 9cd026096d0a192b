import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Log } from '../../core/log.ts';
import { auditBody, createChainVerifier } from '../audit-chain.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import { appendBodies, createAppend, headOf } from './append-audit.ts';
import type { AuditEntry, AuditRecord, AuditStore, ChainReport } from './audit-store.ts';
import { createGroupCommit } from './group-commit.ts';

/** The audit as other stores see it: they write a record in the same transaction as what it tells of. */
export type SqlAudit = AuditStore & {
  /** One record more, inside a transaction that holds the lock of this chain: `chainLock(tenantId)`. */
  appendIn(tx: Transaction<Schema>, tenantId: string, entry: AuditEntry): Promise<void>;
};

const PAGE = 1000;

/** `auditKey`: 32 bytes that seal the chains, kept outside the database. */
export function createAuditStore(database: Database, auditKey: Uint8Array, log: Log): SqlAudit {
  const key = createSecretKey(auditKey);
  const deps = { key, log };
  const commit = createGroupCommit(createAppend(database, deps));
  const store: Omit<SqlAudit, 'verify'> = {
    // What cannot be kept is refused before it is put together with others.
    append: async (tenantId, entry) => commit(tenantId, auditBody(entry)),
    appendIn: async (tx, tenantId, entry) => void (await appendBodies(tx, deps, tenantId, [auditBody(entry)])),
    chains: () => chains(database),
    read: (tenantId, afterSeq, limit) => read(database, { tenantId, afterSeq, limit }),
    head: (tenantId) => database.run((db) => headOf(db, tenantId)),
  };
  return { ...store, verify: (tenantId) => verify(store, key, tenantId) };
}

/** From records and heads alike: a chain that lost its head, or all but its head, is still one. */
async function chains(database: Database): Promise<readonly string[]> {
  const rows = await database.run((db) =>
    db
      .selectFrom('auditHeads')
      .select('tenantId')
      .union(db.selectFrom('audit').select('tenantId').distinct())
      .execute(),
  );
  return rows.map(({ tenantId }) => tenantId).toSorted();
}

type Page = { readonly tenantId: string; readonly afterSeq: number; readonly limit: number };

function read(database: Database, { tenantId, afterSeq, limit }: Page): Promise<readonly AuditRecord[]> {
  return database.run((db) =>
    db
      .selectFrom('audit')
      .selectAll()
      .where('tenantId', '=', tenantId)
      .where('seq', '>', afterSeq)
      .orderBy('seq')
      .limit(limit)
      .execute(),
  );
}

/** The head is read before the records that must reach it: whoever adds records meanwhile only makes the chain longer. */
async function verify(
  audit: Pick<AuditStore, 'read' | 'head'>,
  key: KeyObject,
  tenantId: string,
): Promise<ChainReport> {
  const verifier = createChainVerifier(key, tenantId);
  for (;;) {
    const head = await audit.head(tenantId);
    const page = await audit.read(tenantId, verifier.end().seq, PAGE);
    const fault = page.map((record) => verifier.feed(record)).find((found) => found !== undefined);
    const { seq: records, hash } = verifier.end();
    if (fault !== undefined) return { tenantId, records, fault };
    if (page.length > 0) continue;
    const ending = verifier.finish(head);
    return ending === undefined ? { tenantId, records, hash } : { tenantId, records, fault: ending };
  }
}
