import { CompiledQuery } from 'kysely';
import type { Database } from '../database.ts';
import type { AuditHead, AuditRecord } from './audit-store.ts';

export type Advance = {
  readonly lock: string;
  /** Where the chain must end for this to be done. */
  readonly from: AuditHead;
  readonly records: readonly AuditRecord[];
  readonly to: AuditHead;
};

export type Advanced = {
  readonly isDone: boolean;
  /** Where the chain ended just before, when nothing was done; absent when it has no end. */
  readonly found?: AuditHead;
};

const NOT_DONE: Advanced = { isDone: false };

/**
 * The lock comes first, and keeps those away who add to the chain inside of a transaction. The end is moved only if it is the
 * one that was expected, in the version of its row that is the last by then, and records are added only where it was moved.
 */
const STATEMENT = `
with waited as materialized (select pg_advisory_xact_lock(hashtextextended($1, 0))),
moved as (
  update audit_heads set seq = $5, hash = $6, seal = $7 from waited
  where tenant_id = $2 and seq = $3 and hash = $4 and seal = $11
  returning audit_heads.tenant_id
),
added as (
  insert into audit (tenant_id, seq, body, hash)
  select moved.tenant_id, record.seq, record.body, record.hash
  from moved, unnest($8::bigint[], $9::text[], $10::text[]) as record (seq, body, hash)
)
select (select count(*) from moved) as moved, audit_heads.seq, audit_heads.hash, audit_heads.seal
from waited left join audit_heads on audit_heads.tenant_id = $2`;

type Row = { readonly moved: number } & { readonly [fact in 'seq' | 'hash' | 'seal']: AuditHead[fact] | null };

/** Moves the end of a chain and adds what leads there, in one statement; or does nothing. Not for SQLite, which is near. */
export async function advanceChain(database: Database, { lock, from, records, to }: Advance): Promise<Advanced> {
  if (database.kind === 'sqlite') return NOT_DONE;
  const { tenantId, seq, hash, seal } = to;
  const statement = CompiledQuery.raw(STATEMENT, [
    lock,
    tenantId,
    from.seq,
    from.hash,
    seq,
    hash,
    seal,
    records.map((record) => record.seq),
    records.map((record) => record.body),
    records.map((record) => record.hash),
    from.seal,
  ]);
  const rows = await database.alone(lock, (db) =>
    db.executeQuery<Row>(statement).then((result) => result.rows, ifOutrun),
  );
  if (rows === 'outrun') return NOT_DONE;
  const [row] = rows;
  if (row === undefined) throw new Error('The end of a chain was not told');
  if (row.moved > 0) return { isDone: true };
  const { seq: endSeq, hash: endHash, seal: endSeal } = row;
  if (endSeq === null || endHash === null || endSeal === null) return NOT_DONE;
  return { isDone: false, found: { tenantId, seq: endSeq, hash: endHash, seal: endSeal } };
}

/** Where the server's usual isolation is a strict one, a row that was changed since the statement began is no row but an error. */
function ifOutrun(error: unknown): 'outrun' {
  if (error instanceof Error && 'code' in error && error.code === '40001') return 'outrun';
  throw error;
}
