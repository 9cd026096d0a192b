import type { EpochMs } from '../../core/clock.ts';
import type { AuditEntry } from './audit-store.ts';

/**
 * `drafted`: written, proven not sent. `sending`: bytes may have left. Then what the broker answered, or `unknown`;
 * an unknown one becomes `settled` when it was found, or is surely absent.
 */
export type IntentState = 'drafted' | 'sending' | 'accepted' | 'rejected' | 'unknown' | 'settled';

/** One wish to change what the broker holds. Its `id` is the external identifier of the order that it makes. */
export type IntentRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly environment: string;
  readonly account: string;
  /** `place`, `replace`, `cancel`, `place-complex`, `cancel-complex`. */
  readonly action: string;
  readonly state: IntentState;
  /** The caller's own name for it; unique within the tenant. */
  readonly clientOrderId: string | null;
  readonly confirmationId: string | null;
  /** SHA-256 of what was asked, before anything was looked up: what makes a second call the same call. */
  readonly askedDigest: string;
  /** SHA-256 of `body`. */
  readonly bodyDigest: string;
  /** Exactly what is sent, as canonical JSON. */
  readonly body: string;
  /** The order that a replacement or a cancel is about. */
  readonly targetId: string | null;
  readonly issuer: string;
  readonly subject: string;
  readonly clientId: string | null;
  /** 1 when it opens something. */
  readonly isOpening: number;
  /** The value of what it opens, in dollars, as decimal text; 0 for what only closes. */
  readonly exposure: string;
  /** Dollars reserved against the day: less than the exposure where it replaces an order that had reserved some. */
  readonly notional: string;
  /** The New York day it counts for. */
  readonly day: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When it was told to leave, by the wall clock of the replica that sent it. */
  readonly sentAt: number | null;
  /** After this nothing of it can leave any more. */
  readonly sendBy: number | null;
  /** When somebody should next see to it; null when nobody need. */
  readonly lookAt: number | null;
  /** Set when it could not be settled in time: a person has to look. */
  readonly flaggedAt: number | null;
  readonly orderId: string | null;
  /** What came of it, as JSON text. */
  readonly outcome: string | null;
  /** How an unknown one was settled: `found`, `absent`, or `answered` (the broker's answer came late). */
  readonly settlement: string | null;
};

export type IntentChanges = Partial<
  Pick<
    IntentRow,
    'state' | 'updatedAt' | 'sentAt' | 'sendBy' | 'lookAt' | 'flaggedAt' | 'orderId' | 'outcome' | 'settlement'
  >
>;

/** A preview that may be turned into one order, once. The secret itself is kept nowhere: `id` is its SHA-256. */
export type ConfirmationRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly environment: string;
  readonly account: string;
  readonly issuer: string;
  readonly subject: string;
  readonly clientId: string | null;
  readonly action: string;
  readonly targetId: string | null;
  /** SHA-256 of `body`. */
  readonly bodyDigest: string;
  /** What was previewed, as canonical JSON. */
  readonly body: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** The intent it was spent on. */
  readonly usedBy: string | null;
};

/** `scope` is `global` or a tenant's id. */
export type SwitchRow = {
  readonly scope: string;
  /** 1: trading is stopped. */
  readonly isOn: number;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
};

export type UsageQuery = {
  readonly day: string;
  /** Orders written at or after this count for the minute. */
  readonly minuteSince: number;
  readonly askedDigest: string;
  /** The same ticket written at or after this is a repeat. */
  readonly repeatSince: number;
};

/** What a tenant has already sent. Cancels, and what is proven not to have reached the broker, do not count. */
export type Usage = {
  readonly inMinute: number;
  readonly inDay: number;
  /** Reserved by the day's opening orders, one amount each. */
  readonly notionals: readonly string[];
  /** The newest order of the same ticket. */
  readonly repeated?: IntentRow;
};

/** One atomic step over what one tenant has in the ledger. All of it is kept, or nothing. */
export type LedgerTx = {
  intent(id: string): Promise<IntentRow | undefined>;
  byClientOrderId(clientOrderId: string): Promise<IntentRow | undefined>;
  /** Throws RangeError when its id, client order id or confirmation is taken, or it is another tenant's. */
  insert(row: IntentRow): Promise<void>;
  /** Throws RangeError when there is no such intent. */
  update(id: string, changes: IntentChanges): Promise<void>;
  /** One that expired more than a day ago may be forgotten. */
  confirmation(id: string): Promise<ConfirmationRow | undefined>;
  insertConfirmation(row: ConfirmationRow): Promise<void>;
  /** Throws RangeError unless there is one that is unspent. Whether it has expired is the caller's to see. */
  spendConfirmation(id: string, intentId: string): Promise<void>;
  /** Switches that are on: the tenant's own, and the global one. */
  stops(): Promise<readonly SwitchRow[]>;
  usage(query: UsageQuery): Promise<Usage>;
  /** Orders of an account of which it is not known yet what became of them, or only since `since`. Counted like usage. */
  underWay(account: string, since: number): Promise<number>;
  /** One record more in the tenant's chain. */
  audit(entry: AuditEntry): Promise<void>;
};

/** One tenant's part of the ledger: whoever holds it reaches no other tenant's. */
export type TenantLedger = {
  /** No two steps of one tenant overlap, in any process. Keep it short, wait for nothing else inside. */
  transact<Value>(work: (tx: LedgerTx) => Promise<Value>): Promise<Value>;
  intent(id: string): Promise<IntentRow | undefined>;
  byClientOrderId(clientOrderId: string): Promise<IntentRow | undefined>;
  /** Newest first. `open`: only those that somebody still has to see to. */
  list(query: { readonly limit: number; readonly open?: boolean }): Promise<readonly IntentRow[]>;
};

export type DueIntent = { readonly tenantId: string; readonly id: string };

export type LedgerStore = {
  of(tenantId: string): TenantLedger;
  /** Intents whose `lookAt` has come, of every tenant, the longest due first. */
  due(at: EpochMs, limit: number): Promise<readonly DueIntent[]>;
};
