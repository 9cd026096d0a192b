import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Log } from '../../core/log.ts';
import {
  auditBody,
  BROKEN_END,
  type ChainEnd,
  CHAIN_START,
  createChainVerifier,
  isSealed,
  sealBody,
  sealHead,
} from '../audit-chain.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import type { AuditEntry, AuditHead, AuditRecord, AuditStore, ChainReport } from './audit-store.ts';
import { createGroupCommit } from './group-commit.ts';

/** The audit as other stores see it: they write a record in the same transaction as what it tells of. */
export type SqlAudit = AuditStore & {
  /** One record more, inside a transaction that holds the lock of this chain: `chainLock(tenantId)`. */
  appendIn(tx: Transaction<Schema>, tenantId: string, entry: AuditEntry): Promise<void>;
};

const PAGE = 1000;

/** The lock of all that belongs to one tenant: its ledger and its chain. */
export const chainLock = (tenantId: string): string => `tenant ${tenantId}`;

type ChainDeps = { readonly key: KeyObject; readonly log: Log };

/** `auditKey`: 32 bytes that seal the chains, kept outside the database. */
export function createAuditStore(database: Database, auditKey: Uint8Array, log: Log): SqlAudit {
  const key = createSecretKey(auditKey);
  const deps = { key, log };
  const commit = createGroupCommit<string>((tenantId, bodies) =>
    database.exclusively(chainLock(tenantId), (tx) => appendBodies(tx, deps, tenantId, bodies)),
  );
  const store: Omit<SqlAudit, 'verify'> = {
    // What cannot be kept is refused before it is put together with others.
    append: async (tenantId, entry) => commit(tenantId, auditBody(entry)),
    appendIn: (tx, tenantId, entry) => appendBodies(tx, deps, tenantId, [auditBody(entry)]),
    chains: () => chains(database),
    read: (tenantId, afterSeq, limit) => read(database, { tenantId, afterSeq, limit }),
    head: (tenantId) => database.run((db) => headOf(db, tenantId)),
  };
  return { ...store, verify: (tenantId) => verify(store, key, tenantId) };
}

type Reader = Pick<Transaction<Schema>, 'selectFrom'>;

function headOf(db: Reader, tenantId: string): Promise<AuditHead | undefined> {
  return db.selectFrom('auditHeads').selectAll().where('tenantId', '=', tenantId).executeTakeFirst();
}

async function appendBodies(
  tx: Transaction<Schema>,
  deps: ChainDeps,
  tenantId: string,
  bodies: readonly string[],
): Promise<void> {
  const { key } = deps;
  let end = await soundEnd(tx, deps, tenantId);
  const records: AuditRecord[] = [];
  for (const body of bodies) {
    const record = sealBody(key, end, tenantId, body);
    records.push(record);
    end = record;
  }
  await tx.insertInto('audit').values(records).execute();
  const { seq, hash, seal } = sealHead(key, tenantId, end);
  await tx
    .insertInto('auditHeads')
    .values({ tenantId, seq, hash, seal })
    .onConflict((conflict) => conflict.column('tenantId').doUpdateSet({ seq, hash, seal }))
    .execute();
}

/**
 * Where the chain ends. An end that is not as it was written is never built upon in silence: a record that says so comes first,
 * and every later check stops there. To stop instead would let whoever spoils a chain keep a tenant from cancelling.
 */
async function soundEnd(tx: Transaction<Schema>, { key, log }: ChainDeps, tenantId: string): Promise<ChainEnd> {
  const head = await headOf(tx, tenantId);
  if (head !== undefined && isSealed(key, head)) return head;
  const last = await lastRecord(tx, tenantId);
  if (head === undefined && last === undefined) return CHAIN_START;
  log.error({ chain: tenantId }, 'The end of an audit chain is not as the gateway wrote it: run `audit verify`');
  const marker = sealBody(key, last ?? CHAIN_START, tenantId, BROKEN_END);
  await tx.insertInto('audit').values(marker).execute();
  return marker;
}

function lastRecord(tx: Transaction<Schema>, tenantId: string): Promise<ChainEnd | undefined> {
  return tx
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .where('tenantId', '=', tenantId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
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
