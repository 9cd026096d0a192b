import { createHmac, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.ts';
import { quoted } from '../core/quoted.ts';
import type { AuditEntry, AuditHead, AuditRecord, ChainFault } from './stores/audit-store.ts';

const MAX_TEXT = 500;

/** The end of a chain, or what comes before its first record. */
export type ChainEnd = { readonly seq: number; readonly hash: string };

/** What the first record of every chain is sealed to. */
export const CHAIN_START: ChainEnd = Object.freeze({ seq: 0, hash: '0'.repeat(64) });

/**
 * An entry as it is kept: canonical JSON of flat facts, texts cleaned and at most 500 characters. Throws RangeError on
 * a fact that is no scalar or no finite number: it would be kept as something else than it was.
 */
export function auditBody(entry: AuditEntry): string {
  return canonicalJson(Object.fromEntries(Object.entries(entry).map(([name, fact]) => [name, kept(name, fact)])));
}

function kept(name: string, fact: unknown): unknown {
  if (typeof fact === 'string') return quoted(fact, MAX_TEXT);
  if (fact === null || fact === undefined || typeof fact === 'boolean') return fact;
  if (typeof fact === 'number' && Number.isFinite(fact)) return fact;
  throw new RangeError(`The audit fact ${name} is no text, finite number or boolean`);
}

/** The body of the record that stands where the gateway found the end of a chain other than it had left it. */
export const BROKEN_END = canonicalJson({ kind: 'fault', what: 'the end of the chain was not as it had been written' });

/** The record that follows `previous` in the tenant's chain. */
export function sealBody(key: KeyObject, previous: ChainEnd, tenantId: string, body: string): AuditRecord {
  const seq = previous.seq + 1;
  return { tenantId, seq, body, hash: recordHash(key, previous.hash, { tenantId, seq, body }) };
}

/** The entry as the record that follows `previous` in the tenant's chain. */
export function sealRecord(key: KeyObject, previous: ChainEnd, tenantId: string, entry: AuditEntry): AuditRecord {
  return sealBody(key, previous, tenantId, auditBody(entry));
}

/** Seals the end of a chain, so that a cut is noticed. */
export function sealHead(key: KeyObject, tenantId: string, { seq, hash }: ChainEnd): AuditHead {
  return { tenantId, seq, hash, seal: hmac(key, ['head', tenantId, seq, hash]) };
}

export function isSealed(key: KeyObject, head: AuditHead): boolean {
  return sealHead(key, head.tenantId, head).seal === head.seal;
}

/** Follows one chain from its first record. Says the first fault it meets, and stays with it. */
export type ChainVerifier = {
  /** Takes the next record, by number. */
  feed(record: AuditRecord): ChainFault | undefined;
  /** Takes the head as it was read after the last record. */
  finish(head: AuditHead | undefined): ChainFault | undefined;
  /** The last record that is as it was written. */
  end(): ChainEnd;
};

export function createChainVerifier(key: KeyObject, tenantId: string): ChainVerifier {
  let end = CHAIN_START;
  let found: ChainFault | undefined;
  const note = (fault: Fault | undefined): ChainFault | undefined => {
    found ??= fault === undefined ? undefined : { tenantId, ...fault };
    return found;
  };
  return {
    feed(record) {
      const fault = note(found ?? recordFault(key, tenantId, end, record));
      if (fault === undefined) end = { seq: record.seq, hash: record.hash };
      return fault;
    },
    finish: (head) => note(found ?? headFault(key, tenantId, end, head)),
    end: () => end,
  };
}

/** Checks a chain that is wholly in memory: its records in the order they are kept in, and its head. */
export function verifyChain(
  key: KeyObject,
  tenantId: string,
  records: readonly AuditRecord[],
  head: AuditHead | undefined,
): ChainFault | undefined {
  const verifier = createChainVerifier(key, tenantId);
  for (const record of records) {
    const fault = verifier.feed(record);
    if (fault !== undefined) return fault;
  }
  return verifier.finish(head);
}

type Fault = Omit<ChainFault, 'tenantId'>;

function recordFault(key: KeyObject, tenantId: string, end: ChainEnd, record: AuditRecord): Fault | undefined {
  const expected = end.seq + 1;
  const { seq } = record;
  if (!Number.isSafeInteger(seq) || seq < 1) return { seq: expected, fault: 'its number is not one' };
  if (seq > expected) return { seq: expected, fault: 'it is missing' };
  if (seq < expected) return { seq, fault: 'it is there twice, or out of order' };
  if (record.tenantId !== tenantId) return { seq, fault: 'it was moved here from another chain' };
  if (recordHash(key, end.hash, record) !== record.hash) {
    return { seq, fault: 'it was altered, or another record stands in its place' };
  }
  return record.body === BROKEN_END
    ? { seq, fault: 'the end of the chain before it was altered or cut off' }
    : undefined;
}

function headFault(key: KeyObject, tenantId: string, end: ChainEnd, head: AuditHead | undefined): Fault | undefined {
  const next = end.seq + 1;
  if (head === undefined) {
    return end.seq === 0 ? undefined : { seq: next, fault: 'what says whether there is such a record is missing' };
  }
  if (head.tenantId !== tenantId || !isSealed(key, head)) {
    return { seq: next, fault: 'what says whether there is such a record was altered' };
  }
  if (head.seq > end.seq) return { seq: next, fault: 'it is missing: the chain was cut off' };
  if (head.seq < end.seq) return { seq: head.seq + 1, fault: 'it stands after the end of the chain' };
  return head.hash === end.hash ? undefined : { seq: end.seq, fault: 'it is not the one that the chain ends with' };
}

function recordHash(key: KeyObject, previous: string, record: Omit<AuditRecord, 'hash'>): string {
  return hmac(key, [previous, record.tenantId, record.seq, record.body]);
}

function hmac(key: KeyObject, parts: readonly (string | number)[]): string {
  return createHmac('sha256', key).update(parts.join('\n')).digest('hex');
}
