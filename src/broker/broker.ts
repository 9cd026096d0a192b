import type { EpochMs } from '../core/clock.ts';
import type { ToldError } from '../core/errors.ts';
import type {
  Account,
  AccountHoldings,
  Balances,
  NetLiqPoint,
  Position,
  TimeBack,
  Transaction,
} from './model/account.ts';
import type { OptionChain } from './model/chain.ts';
import type { Instrument, InstrumentSpec } from './model/instrument.ts';
import type { ComplexRequest, OrderRequest, PlacedOrder, Preview, ReplaceRequest, SendOutcome } from './model/order.ts';
import type { EventOf, MarketEventKind } from './model/quote.ts';
import type {
  Market,
  MarketHolidays,
  MarketMetrics,
  MarketSession,
  SymbolMatch,
  Watchlist,
} from './model/reference.ts';
import type { AccountNumber, IsoDate, StreamerSymbol } from './model/symbol.ts';

/** Where orders go: the real market, the broker's own sandbox, or our simulator. */
export const ENVIRONMENTS = ['live', 'sandbox', 'paper'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** Every operation ends when the signal is aborted, except an order that has already been sent. */
export type CallOptions = { readonly signal: AbortSignal };

/**
 * For what moves an order. `begin` is called once, last of all before the first byte may leave. It may refuse by throwing a
 * GatewayError, which the operation then throws: nothing was sent. Its answer is the monotonic time, in milliseconds,
 * after which nothing may begin to leave any more.
 */
export type SendOptions = CallOptions & { readonly begin: () => Promise<number> };

/**
 * The broker, already bound to one tenant's login: whoever holds it can reach that login and nothing else.
 * Operations throw a GatewayError; what an operation does not know it leaves out.
 */
export type Broker = {
  readonly environment: Environment;
  readonly accounts: AccountOperations;
  readonly history: HistoryOperations;
  readonly instruments: InstrumentOperations;
  readonly marketData: MarketDataOperations;
  readonly orders: OrderOperations;
  readonly reference: ReferenceOperations;
  readonly watchlists: WatchlistOperations;
  /** Ends sockets and pending calls. Idempotent, bounded to a second. */
  close(): Promise<void>;
};

export type AccountOperations = {
  /** Open and closed ones, in the broker's order. */
  list(options: CallOptions): Promise<readonly Account[]>;
  balances(account: AccountNumber, options: CallOptions): Promise<Balances>;
  /** With marks. Empty when there are none: a failure throws. */
  positions(account: AccountNumber, options: CallOptions): Promise<readonly Position[]>;
  netLiqHistory(account: AccountNumber, timeBack: TimeBack, options: CallOptions): Promise<readonly NetLiqPoint[]>;
  /** The positions, and what today brought, of one reading: whoever needs both asks once. */
  holdings(account: AccountNumber, options: CallOptions): Promise<AccountHoldings>;
};

/** `limit` bounds the rows, not the pages; `truncated` says that the broker holds more than were read. */
export type Listing<Row> = { readonly rows: readonly Row[]; readonly total?: number; readonly truncated: boolean };

export type HistoryQuery = {
  readonly startDate: IsoDate;
  readonly endDate?: IsoDate;
  readonly underlying?: string;
  readonly limit: number;
  /** Rows to skip from the newest. */
  readonly offset?: number;
};

export type HistoryOperations = {
  /** Newest first, over as many pages as it takes. */
  transactions(
    account: AccountNumber,
    query: HistoryQuery & { readonly type?: string },
    options: CallOptions,
  ): Promise<Listing<Transaction>>;
  /** Newest first, over as many pages as it takes. */
  orders(account: AccountNumber, query: HistoryQuery, options: CallOptions): Promise<Listing<PlacedOrder>>;
};

/** What came of one spec: the instrument, or why there is none (with the nearest available in `details`). */
export type Resolution =
  | { readonly kind: 'found'; readonly spec: InstrumentSpec; readonly instrument: Instrument }
  | { readonly kind: 'missing'; readonly spec: InstrumentSpec; readonly error: ToldError };

export type InstrumentOperations = {
  /** One resolution per spec, in order. Throws only when the broker could not be asked. */
  resolve(specs: readonly InstrumentSpec[], options: CallOptions): Promise<readonly Resolution[]>;
  /** The chain of an equity, ETF or index (`SPY`, `SPX`), or of a future or its product (`/ESZ6`, `/ES`). */
  chain(underlying: string, options: CallOptions): Promise<OptionChain>;
};

export type Wanted<Kind extends MarketEventKind = MarketEventKind> = {
  readonly symbol: StreamerSymbol;
  readonly kind: Kind;
};

export type MissingReason =
  | 'no-data-before-deadline'
  | 'subscription-refused'
  | 'feed-unavailable'
  | 'too-many-symbols';

/**
 * The newest value of one wanted event, or the reason why there is none. The feed only speaks of what changes, so a
 * value has two ages: `ageMs` since it last changed (was received), `confirmedAgeMs` since the unbroken connection that
 * told it was last heard from: until then it was still the current one. Judge staleness by the second.
 */
export type Reading<Kind extends MarketEventKind = MarketEventKind> =
  | {
      readonly kind: 'value';
      readonly symbol: StreamerSymbol;
      readonly event: EventOf<Kind>;
      readonly ageMs: number;
      /** At most `ageMs`; always there when it comes from a live feed. */
      readonly confirmedAgeMs?: number;
    }
  | {
      readonly kind: 'missing';
      readonly symbol: StreamerSymbol;
      readonly wanted: Kind;
      readonly reason: MissingReason;
    };

export type ReadOptions = CallOptions & {
  /** One deadline for the whole call: what is not there by then is missing. */
  readonly timeoutMs: number;
  /** A value that has not been confirmed by a live subscription within this age is waited for afresh, never returned. */
  readonly maxAgeMs?: number;
};

/** Hears the values of one watched event. */
export type MarketWatcher<Kind extends MarketEventKind = MarketEventKind> = {
  /** The value that is current, and then each that comes after it: as fast as the feed tells them. */
  value(event: EventOf<Kind>): void;
  /** There will be no more: the feed does not take it, or is gone. The watch is over. */
  ended(): void;
};

export type MarketDataOperations = {
  /** One reading per wanted event, in order, as soon as all are there or the time is up. Throws only `cancelled`, `reconnect_needed`. */
  read<Kind extends MarketEventKind>(
    wanted: readonly Wanted<Kind>[],
    options: ReadOptions,
  ): Promise<readonly Reading<Kind>[]>;
  /** Keeps one event subscribed until stopped. Returns how to stop; never throws. */
  watch<Kind extends MarketEventKind>(wanted: Wanted<Kind>, watcher: MarketWatcher<Kind>): () => void;
};

export type OrderOperations = {
  /** Created or updated today, in any state, and older ones that still work. */
  live(account: AccountNumber, options: CallOptions): Promise<readonly PlacedOrder[]>;
  get(account: AccountNumber, orderId: string, options: CallOptions): Promise<PlacedOrder>;
  /** The order that carries this external identifier, among live ones first and then those since `since`. */
  findByExternalId(
    account: AccountNumber,
    externalId: string,
    since: EpochMs,
    options: CallOptions,
  ): Promise<PlacedOrder | undefined>;
  preview(account: AccountNumber, order: OrderRequest, options: CallOptions): Promise<Preview>;
  previewReplace(
    account: AccountNumber,
    orderId: string,
    order: ReplaceRequest,
    options: CallOptions,
  ): Promise<Preview>;
  previewComplex(account: AccountNumber, order: ComplexRequest, options: CallOptions): Promise<Preview>;
  /** Sends once, whatever happens. Never throws after the first byte may have left. So do the four below. */
  place(account: AccountNumber, order: OrderRequest, options: SendOptions): Promise<SendOutcome>;
  replace(account: AccountNumber, orderId: string, order: ReplaceRequest, options: SendOptions): Promise<SendOutcome>;
  cancel(account: AccountNumber, orderId: string, options: SendOptions): Promise<SendOutcome>;
  placeComplex(account: AccountNumber, order: ComplexRequest, options: SendOptions): Promise<SendOutcome>;
  /** Cancels every part that is not over. `order` of the outcome is one of its parts. */
  cancelComplex(account: AccountNumber, complexOrderId: string, options: SendOptions): Promise<SendOutcome>;
};

export type ReferenceOperations = {
  /** Symbols the broker does not know are absent. */
  metrics(symbols: readonly string[], options: CallOptions): Promise<readonly MarketMetrics[]>;
  sessions(markets: readonly Market[], options: CallOptions): Promise<readonly MarketSession[]>;
  holidays(market: Market, options: CallOptions): Promise<MarketHolidays>;
  search(phrase: string, options: CallOptions): Promise<readonly SymbolMatch[]>;
};

export type WatchlistOperations = {
  listPrivate(options: CallOptions): Promise<readonly Watchlist[]>;
  listPublic(options: CallOptions): Promise<readonly Watchlist[]>;
  /** `undefined` only when the broker said that there is no such list. */
  getPrivate(name: string, options: CallOptions): Promise<Watchlist | undefined>;
  getPublic(name: string, options: CallOptions): Promise<Watchlist | undefined>;
  create(list: Watchlist, options: CallOptions): Promise<void>;
  /** Full replacement. */
  replace(list: Watchlist, options: CallOptions): Promise<void>;
  remove(name: string, options: CallOptions): Promise<void>;
};
