/** One thing that happened, as it is kept for ever: flat, bounded, without secrets. `at` is epoch milliseconds. */
export type AuditEntry = {
  readonly at: number;
  /** `call`: a tool call. `order`: a change of an order's state. `switch`, `plan`: what an operator did. */
  readonly kind: 'call' | 'order' | 'switch' | 'plan';
  readonly [fact: string]: string | number | boolean | null | undefined;
};

/** A record in its chain. `body` is canonical JSON; `hash` seals it to its place and to all before it. */
export type AuditRecord = {
  readonly tenantId: string;
  /** From 1, without gaps. */
  readonly seq: number;
  readonly body: string;
  readonly hash: string;
};

/** Where a chain ends. `seal` proves that the gateway wrote it: without it nobody can tell that the end was cut off. */
export type AuditHead = {
  readonly tenantId: string;
  readonly seq: number;
  readonly hash: string;
  readonly seal: string;
};

/** The first record of a chain that is not as it was written. `fault` says what is wrong with it, in our words. */
export type ChainFault = { readonly tenantId: string; readonly seq: number; readonly fault: string };

export type ChainReport = {
  readonly tenantId: string;
  /** How many records are as they were written, from the first on. */
  readonly records: number;
  /** The end of a sound chain: kept elsewhere, it also proves later that nothing before it was replaced. */
  readonly hash?: string;
  readonly fault?: ChainFault;
};

/** The chain of what belongs to no tenant. */
export const GATEWAY_CHAIN = 'gateway';

/** One append-only chain of records for each tenant, and one of the gateway's. Outlives the tenants. */
export type AuditStore = {
  /**
   * Resolves when the record is committed. Calls that come while others are being written are written together.
   * Throws `storage_unavailable`. After an end that somebody altered it goes on with a record that says so.
   */
  append(tenantId: string, entry: AuditEntry): Promise<void>;
  /** The ids of all chains, those of removed tenants too, in order. */
  chains(): Promise<readonly string[]>;
  /** In order, those after `afterSeq`. */
  read(tenantId: string, afterSeq: number, limit: number): Promise<readonly AuditRecord[]>;
  head(tenantId: string): Promise<AuditHead | undefined>;
  /** Checks a whole chain, page by page, also while records are being added. */
  verify(tenantId: string): Promise<ChainReport>;
};
