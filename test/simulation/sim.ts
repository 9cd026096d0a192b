import type { Broker } from '../../src/broker/broker.ts';
import type { Presented } from '../../src/orders/confirmation/confirmation.ts';
import type { Caller } from '../../src/auth/caller.ts';
import type { AccountNumber } from '../../src/broker/model/symbol.ts';
import type { Decimal } from '../../src/core/decimal.ts';
import type { Tenant } from '../../src/tenancy/tenant.ts';
import type { LedgerStore } from '../../src/storage/stores/ledger-store.ts';
import type { MemoryLedger } from '../support/memory-ledger.ts';
import type { Chance } from './chance.ts';
import type { Counts } from './counts.ts';
import type { Desk } from './desk.ts';
import type { Life } from './life.ts';
import type { VirtualTime } from './virtual-time.ts';

export type Side = { readonly tenant: Tenant; readonly account: AccountNumber; readonly caller: Caller };

/** One thing that a caller wants done once, however often it asks. */
export type Wish = {
  readonly number: number;
  /** Wishes of one group share a client order id or a confirmation: at most one of them may be sent. */
  readonly group: string;
  readonly side: Side;
  readonly kind: 'place' | 'replace' | 'cancel' | 'complex';
  readonly isOpening: boolean;
  readonly quantity: Decimal;
  /** Absent: the gateway is to find it. */
  readonly price?: Decimal;
  /** Of a complex wish: the price at which what was bought is to be sold once the trigger has filled. */
  readonly followPrice?: Decimal;
  readonly clientOrderId?: string;
  presented?: Presented;
  /** The order that a replacement or a cancel is about. */
  targetId?: string;
  /** Requests of it that left a replica, and those that the broker took. */
  dispatches: number;
  taken: number;
};

/** One call to one replica. */
export type Call = { readonly number: number; readonly wish: Wish; dispatches: number };

/** What a caller was told. `lost`: the replica crashed. */
export type Told =
  | { readonly kind: 'result'; readonly outcome: string; readonly externalId: string; readonly replayed: boolean }
  | { readonly kind: 'error'; readonly code: string; readonly isDefect: boolean }
  | { readonly kind: 'lost' };

export type Answered = { readonly call: Call; readonly told: Told };

/** When something stood in the way of settling, until when. */
export type Disturbance = { readonly from: number; readonly until: number };

/** A bug, planted from outside around what a replica is given. */
export type Mutant = {
  readonly store?: (store: LedgerStore) => LedgerStore;
  readonly broker?: (broker: Broker, life: Life, sim: Sim) => Broker;
  /** How wrong the settler's clock goes, in milliseconds. */
  readonly settlerAheadMs?: number;
  /** The tenant whose broker the settler opens. */
  readonly settlerTenant?: (tenantId: string, sim: Sim) => string;
};

/** One world: everything that its parts share. */
export type Sim = {
  readonly seed: number;
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly ledger: MemoryLedger;
  readonly desk: Desk;
  readonly counts: Counts;
  readonly sides: readonly [Side, Side];
  readonly wishes: Wish[];
  readonly answers: Answered[];
  readonly calls: Call[];
  readonly disturbances: Disturbance[];
  readonly lives: Map<string, Life>;
  /** The present life of each replica; `undefined` while it is down. */
  readonly replicas: (Life | undefined)[];
  readonly mutant: Mutant;
  readonly trace: ((who: string, what: () => string) => void) | undefined;
  readonly databaseDownUntil: () => number;
  /** Since when trading is stopped for a tenant. */
  readonly stopSince: (tenantId: string) => number | undefined;
  /** Until then the broker answers no question; orders it takes all the same. */
  readsDownUntil: number;
  /** From then on nothing goes wrong any more. */
  isCalm: boolean;
  lastId: number;
};

/** Wall clocks begin here: Monday 2026-11-23 10:10 in New York, the market is open. */
export const WORLD_START_MS = Date.UTC(2026, 10, 23, 15, 10);
