import type { KeyObject } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Log } from '../../core/log.ts';
import { BROKEN_END, type ChainEnd, CHAIN_START, isSealed, sealBody, sealHead } from '../audit-chain.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import { advanceChain } from './advance-chain.ts';
import type { AuditHead, AuditRecord } from './audit-store.ts';

export type ChainDeps = { readonly key: KeyObject; readonly log: Log };

/** How often an end that another process moved meanwhile is taken from the answer that said so. */
const TRIES = 2;
const MOST_ENDS = 10_000;

/** The lock of all that belongs to one tenant: its ledger and its chain. */
export const chainLock = (tenantId: string): string => `tenant ${tenantId}`;

/**
 * Adds records to a tenant's chain, and to nothing else. PostgreSQL is told of them in one statement, which holds if the chain
 * still ends where this process left it, or where the last such statement found it; a transaction would take six of them.
 */
export function createAppend(
  database: Database,
  deps: ChainDeps,
): (tenantId: string, bodies: readonly string[]) => Promise<void> {
  const ends = new Map<string, AuditHead>();
  const note = (tenantId: string, end: AuditHead): void => {
    if (ends.size >= MOST_ENDS) ends.clear();
    ends.set(tenantId, end);
  };
  const inTransaction = (tenantId: string, bodies: readonly string[]): Promise<AuditHead> =>
    database.exclusively(chainLock(tenantId), (tx) => appendBodies(tx, deps, tenantId, bodies));

  const atOnce = async (tenantId: string, bodies: readonly string[]): Promise<AuditHead | undefined> => {
    let from = ends.get(tenantId);
    // Whoever does not hear what became of it does not know where the chain ends.
    ends.delete(tenantId);
    for (let tried = 0; from !== undefined && tried < TRIES; tried += 1) {
      const { records, end } = seal(deps, { tenantId, from, bodies });
      const { isDone, found } = await advanceChain(database, { lock: chainLock(tenantId), from, records, to: end });
      if (isDone) return end;
      from = found !== undefined && isSealed(deps.key, found) ? found : undefined;
    }
    return undefined;
  };
  return async (tenantId, bodies) =>
    note(tenantId, (await atOnce(tenantId, bodies)) ?? (await inTransaction(tenantId, bodies)));
}

type Addition = { readonly tenantId: string; readonly from: ChainEnd; readonly bodies: readonly string[] };

function seal({ key }: ChainDeps, { tenantId, from, bodies }: Addition) {
  let last = from;
  const records: AuditRecord[] = [];
  for (const body of bodies) {
    const record = sealBody(key, last, tenantId, body);
    records.push(record);
    last = record;
  }
  return { records, end: sealHead(key, tenantId, last) };
}

/** Inside a transaction that holds the lock of this chain. Gives where it ends then. */
export async function appendBodies(
  tx: Transaction<Schema>,
  deps: ChainDeps,
  tenantId: string,
  bodies: readonly string[],
): Promise<AuditHead> {
  const from = await soundEnd(tx, deps, tenantId);
  const { records, end } = seal(deps, { tenantId, from, bodies });
  await tx.insertInto('audit').values(records).execute();
  const { seq, hash, seal: sealed } = end;
  await tx
    .insertInto('auditHeads')
    .values(end)
    .onConflict((conflict) => conflict.column('tenantId').doUpdateSet({ seq, hash, seal: sealed }))
    .execute();
  return end;
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

type Reader = Pick<Transaction<Schema>, 'selectFrom'>;

export function headOf(db: Reader, tenantId: string): Promise<AuditHead | undefined> {
  return db.selectFrom('auditHeads').selectAll().where('tenantId', '=', tenantId).executeTakeFirst();
}
