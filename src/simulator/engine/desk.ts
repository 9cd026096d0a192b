import type { EpochMs } from '../../core/clock.ts';

/** A plain JSON object in the broker's own wire shape: dasherized keys, decimals as text. */
export type WireObject = { readonly [key: string]: unknown };

export type Customer = {
  /** Short and stable: `margin`, `cash`, `two-accounts`, `read-only`. */
  readonly id: string;
  readonly wire: WireObject;
  readonly accounts: readonly string[];
  /** What its grants may do: a read-only customer's tokens never trade. */
  readonly scopes: readonly ('read' | 'trade')[];
};

/** A refusal in the broker's own words. `data` is there when the margin computation had been reached. */
export type DeskRefusal = {
  readonly kind: 'refused';
  readonly status: number;
  readonly error: WireObject;
  readonly data?: WireObject;
};

export type DeskAnswer = { readonly kind: 'ok'; readonly data: WireObject } | DeskRefusal;

/** Something happened to an account: a full object in REST shape, as the account streamer tells it. */
export type DeskEvent = {
  readonly account: string;
  readonly type: 'Order' | 'ComplexOrder' | 'AccountBalance' | 'CurrentPosition' | 'TradingStatus';
  readonly data: WireObject;
  readonly at: EpochMs;
};

export type OrderSearch = {
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  readonly statuses?: readonly string[];
  readonly underlying?: string;
  readonly underlyingInstrumentType?: string;
  readonly ascending?: boolean;
};

export type TransactionSearch = {
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  readonly types?: readonly string[];
  readonly subTypes?: readonly string[];
  readonly symbol?: string;
  readonly underlying?: string;
  readonly instrumentType?: string;
  readonly action?: string;
  readonly ascending?: boolean;
};

/**
 * The simulated brokerage: customers, accounts, orders and money, over one Market. Deterministic from
 * (seed, clock, commands): nothing happens by itself, `advance` brings it up to the clock's present.
 */
export type Desk = {
  readonly customers: readonly Customer[];
  /** The customer of this id; an unknown well-formed id opens a fresh paper customer with one margin account. */
  customer(id: string): Customer;
  /**
   * The account object; undefined for a number nobody here has. Every other operation on an account expects one
   * that exists and throws a GatewayError `not_found` otherwise. All lists are newest first unless told.
   */
  account(number: string): WireObject | undefined;
  tradingStatus(account: string): WireObject;
  positionLimit(account: string): WireObject;
  balances(account: string): WireObject;
  balanceSnapshots(account: string): readonly WireObject[];
  positions(account: string, options: { includeMarks: boolean; includeClosed: boolean }): readonly WireObject[];
  netLiqHistory(account: string, query: { timeBack?: string; startAt?: EpochMs }): readonly WireObject[];
  transactions(account: string, search: TransactionSearch): readonly WireObject[];
  /** `total-fees` and its effect of one New York day (`YYYY-MM-DD`, today unless told). */
  totalFees(account: string, date?: string): WireObject;
  orders(account: string, search: OrderSearch): readonly WireObject[];
  liveOrders(account: string): readonly WireObject[];
  order(account: string, id: number): WireObject | undefined;
  complexOrders(account: string): readonly WireObject[];
  /** `body` is what the client sent, unchecked. */
  submit(account: string, body: unknown, options: { dryRun: boolean }): DeskAnswer;
  /** `partial` (PATCH): what the body leaves out stays as it is in the order; else (PUT) the body is the whole order without legs. */
  replace(account: string, id: number, body: unknown, options: { dryRun: boolean; partial?: boolean }): DeskAnswer;
  cancel(account: string, id: number): DeskAnswer;
  submitComplex(account: string, body: unknown, options: { dryRun: boolean }): DeskAnswer;
  cancelComplex(account: string, id: number): DeskAnswer;
  /** The report of `/margin/accounts/{n}/requirements`. */
  marginRequirements(account: string): WireObject;
  /** The rates of `/accounts/{n}/margin-requirements/{underlying}/effective`; undefined for an unknown underlying. */
  effectiveMargin(account: string, underlying: string): WireObject | undefined;
  /** The answer of `/margin/accounts/{n}/dry-run`. */
  marginDryRun(account: string, body: unknown): DeskAnswer;
  watchlists(customer: string): readonly WireObject[];
  putWatchlist(customer: string, body: unknown, options: { create: boolean; name?: string }): DeskAnswer;
  deleteWatchlist(customer: string, name: string): DeskAnswer;
  publicWatchlists(): readonly WireObject[];
  pairsWatchlists(): readonly WireObject[];
  /** Matches working orders against the market, expires what is due. The wire calls it before it reads and on a short timer. */
  advance(): void;
  /** Told at once, within the command that made it happen: a listener neither throws nor calls the desk. Returns how to stop. */
  subscribe(account: string, listener: (event: DeskEvent) => void): () => void;
  /** Plain JSON of all that was traded; `restore` of it in a new desk with the same seed continues where this one was. */
  snapshot(): WireObject;
  restore(snapshot: WireObject): void;
};
