import type { Broker, Environment, HistoryQuery, Listing, Reading, Resolution } from '../../src/broker/broker.ts';
import type { Account, Balances, NetLiqPoint, Position, Transaction } from '../../src/broker/model/account.ts';
import type { OptionChain } from '../../src/broker/model/chain.ts';
import type { Instrument, InstrumentSpec } from '../../src/broker/model/instrument.ts';
import type { OrderRequest, PlacedOrder, Preview, ReplaceRequest, SendOutcome } from '../../src/broker/model/order.ts';
import type { Greeks, MarketEvent, MarketEventKind, Quote, Trade } from '../../src/broker/model/quote.ts';
import type {
  Market,
  MarketHolidays,
  MarketMetrics,
  MarketSession,
  SymbolMatch,
  Watchlist,
} from '../../src/broker/model/reference.ts';
import type { AccountNumber } from '../../src/broker/model/symbol.ts';
import { streamerSymbol } from '../../src/broker/model/symbol.ts';
import type { Clock } from '../../src/core/clock.ts';
import { GatewayError, tellError } from '../../src/core/errors.ts';

/** How the next order write goes. The order reaches the book in the first three. */
export type SendBehaviour =
  | { readonly kind: 'accept'; readonly status?: string; readonly rejectReason?: string }
  | { readonly kind: 'unknown-but-there'; readonly visibleAfterLooks?: number }
  | { readonly kind: 'never-answers-but-there' }
  | { readonly kind: 'unknown-not-there' }
  | { readonly kind: 'refuse'; readonly code: string; readonly message: string }
  | { readonly kind: 'not-sent' }
  | { readonly kind: 'throw'; readonly error: unknown };

type Live<Event> = Event extends MarketEvent
  ? Omit<Event, 'kind' | 'symbol' | 'asOf'> & { ageMs?: number; confirmedAgeMs?: number | null }
  : never;

export type BrokerState = {
  accounts: Account[];
  balances: Omit<Balances, 'account'>;
  positions: Position[];
  netLiq: NetLiqPoint[];
  transactions: Transaction[];
  orders: PlacedOrder[];
  instruments: Instrument[];
  chains: Record<string, OptionChain>;
  quotes: Record<string, Live<Quote>>;
  trades: Record<string, Live<Trade>>;
  greeks: Record<string, Live<Greeks>>;
  metrics: MarketMetrics[];
  sessions: MarketSession[];
  holidays: Partial<Record<Market, MarketHolidays>>;
  matches: SymbolMatch[];
  privateLists: Watchlist[];
  publicLists: Watchlist[];
  preview: Preview;
  /** Used up from the front; an empty list accepts. */
  sends: SendBehaviour[];
};

export type BrokerCall = { readonly operation: string; readonly args: readonly unknown[] };

export type FakeBroker = {
  readonly broker: Broker;
  readonly state: BrokerState;
  /** Every call that reached the port, in order. */
  readonly calls: BrokerCall[];
  callsTo(operation: string): BrokerCall[];
  /** The operation fails with this every time from now on. */
  fail(operation: string, error: unknown): void;
  /** The operation never ends by itself, whatever its signal says. */
  hang(operation: string): void;
};

const PAGE_SIZE = 250;

/** A broker that remembers: what is placed is in its book, what is cancelled leaves it. Its state is open to tests. */
export function createFakeBroker(options: { clock: Clock; environment?: Environment }): FakeBroker {
  const { clock, environment = 'paper' } = options;
  const state = emptyState();
  const calls: BrokerCall[] = [];
  const faults = new Map<string, unknown>();
  const hung = new Set<string>();

  const tracked =
    <Args extends unknown[], Result>(operation: string, work: (...args: Args) => Promise<Result> | Result) =>
    async (...args: Args): Promise<Result> => {
      calls.push({ operation, args });
      if (faults.has(operation)) throw faults.get(operation);
      if (hung.has(operation)) return new Promise<Result>(() => {});
      return work(...args);
    };

  const book = createBook(state, clock);
  const broker: Broker = {
    environment,
    accounts: {
      list: tracked('accounts.list', () => state.accounts),
      balances: tracked('accounts.balances', (account: AccountNumber) => ({ account, ...state.balances })),
      positions: tracked('accounts.positions', () => state.positions),
      netLiqHistory: tracked('accounts.netLiqHistory', () => state.netLiq),
    },
    history: {
      transactions: tracked('history.transactions', (_: AccountNumber, query: HistoryQuery & { type?: string }) =>
        page(
          state.transactions.filter(({ type }) => query.type === undefined || type === query.type),
          query,
        ),
      ),
      orders: tracked('history.orders', (_: AccountNumber, query: HistoryQuery) => page(state.orders, query)),
    },
    instruments: {
      resolve: tracked('instruments.resolve', (specs: readonly InstrumentSpec[]) =>
        specs.map((spec) => resolve(spec, state)),
      ),
      chain: tracked('instruments.chain', (underlying: string) => {
        const chain = state.chains[underlying];
        if (chain === undefined) throw new GatewayError('not_found', `${underlying} has no options.`);
        return chain;
      }),
    },
    marketData: { read: tracked('marketData.read', createRead(state, clock)) as Broker['marketData']['read'] },
    orders: {
      live: tracked('orders.live', () => state.orders),
      get: tracked('orders.get', (_: AccountNumber, id: string) => book.get(id)),
      findByExternalId: tracked('orders.findByExternalId', (_: AccountNumber, externalId: string) =>
        book.find(externalId),
      ),
      preview: tracked('orders.preview', () => state.preview),
      previewReplace: tracked('orders.previewReplace', () => state.preview),
      place: tracked('orders.place', (account: AccountNumber, order: OrderRequest) => book.place(account, order)),
      replace: tracked('orders.replace', (account: AccountNumber, id: string, order: ReplaceRequest) =>
        book.replace(account, id, order),
      ),
      cancel: tracked('orders.cancel', (_: AccountNumber, id: string) => book.cancel(id)),
    },
    reference: {
      metrics: tracked('reference.metrics', (symbols: readonly string[]) =>
        state.metrics.filter(({ symbol }) => symbols.includes(symbol)),
      ),
      sessions: tracked('reference.sessions', (markets: readonly Market[]) =>
        state.sessions.filter(({ market }) => markets.includes(market)),
      ),
      holidays: tracked(
        'reference.holidays',
        (market: Market) => state.holidays[market] ?? { holidays: [], halfDays: [] },
      ),
      search: tracked('reference.search', () => state.matches),
    },
    watchlists: {
      listPrivate: tracked('watchlists.listPrivate', () => state.privateLists),
      listPublic: tracked('watchlists.listPublic', () => state.publicLists),
      getPrivate: tracked('watchlists.getPrivate', (name: string) =>
        state.privateLists.find((list) => list.name === name),
      ),
      getPublic: tracked('watchlists.getPublic', (name: string) =>
        state.publicLists.find((list) => list.name === name),
      ),
      create: tracked('watchlists.create', (list: Watchlist) => void state.privateLists.push(list)),
      replace: tracked('watchlists.replace', (list: Watchlist) => {
        state.privateLists = state.privateLists.map((each) => (each.name === list.name ? list : each));
      }),
      remove: tracked('watchlists.remove', (name: string) => {
        state.privateLists = state.privateLists.filter((list) => list.name !== name);
      }),
    },
    close: async () => {},
  };
  return {
    broker,
    state,
    calls,
    callsTo: (operation) => calls.filter((call) => call.operation === operation),
    fail: (operation, error) => void faults.set(operation, error),
    hang: (operation) => void hung.add(operation),
  };
}

function emptyState(): BrokerState {
  return {
    accounts: [],
    balances: { currency: 'USD', amounts: {} },
    positions: [],
    netLiq: [],
    transactions: [],
    orders: [],
    instruments: [],
    chains: {},
    quotes: {},
    trades: {},
    greeks: {},
    metrics: [],
    sessions: [{ market: 'Equity', state: 'Open' }],
    holidays: {},
    matches: [],
    privateLists: [],
    publicLists: [],
    preview: { kind: 'acceptable', effects: { warnings: [] } },
    sends: [],
  };
}

/** Rows over as many pages as it takes, newest first as they are kept. */
function page<Row>(rows: readonly Row[], { limit, offset = 0 }: HistoryQuery): Listing<Row> {
  const read: Row[] = [];
  for (let at = 0; at * PAGE_SIZE < rows.length; at += 1)
    read.push(...rows.slice(at * PAGE_SIZE, (at + 1) * PAGE_SIZE));
  return { rows: read.slice(offset, offset + limit), total: rows.length, truncated: offset + limit < rows.length };
}

function resolve(spec: InstrumentSpec, { instruments }: BrokerState): Resolution {
  const isMeant = ({ symbol, streamerSymbol, option }: Instrument): boolean =>
    spec.strike === undefined
      ? symbol === spec.symbol || streamerSymbol === spec.symbol
      : option !== undefined &&
        option.root === spec.symbol &&
        option.side === spec.optionSide &&
        option.strike === spec.strike &&
        option.expiration === spec.expiration;
  const instrument = instruments.find(isMeant);
  if (instrument !== undefined) return { kind: 'found', spec, instrument };
  const strikes = instruments.flatMap(({ option }) => (option?.root === spec.symbol ? [option.strike] : []));
  const error = new GatewayError('not_found', `${spec.symbol} is not known.`, {
    details: { nearest_strikes: strikes },
  });
  return { kind: 'missing', spec, error: tellError(error) };
}

/** Answers at once when all is there, else when the time is up, with what there is. */
function createRead(state: BrokerState, clock: Clock) {
  const tables = { Quote: state.quotes, Trade: state.trades, Greeks: state.greeks, Summary: {} };
  return async (
    wanted: readonly { symbol: string; kind: MarketEventKind }[],
    { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  ): Promise<Reading[]> => {
    const read = (): Reading[] => wanted.map(({ symbol, kind }) => toReading(symbol, kind, tables[kind]));
    const first = read();
    if (first.every((reading) => reading.kind === 'value')) return first;
    await clock.sleep(timeoutMs, signal);
    return read();
  };
}

function toReading(symbol: string, kind: MarketEventKind, table: Record<string, object>): Reading {
  const held = table[symbol] as
    | (Record<string, unknown> & { ageMs?: number; confirmedAgeMs?: number | null })
    | undefined;
  const name = streamerSymbol(symbol);
  if (held === undefined) return { kind: 'missing', symbol: name, wanted: kind, reason: 'no-data-before-deadline' };
  const { ageMs = 250, confirmedAgeMs = 100, ...values } = held;
  const event = Object.assign(values, { kind, symbol: name, asOf: 0 }) as object as MarketEvent;
  return { kind: 'value', symbol: name, event, ageMs, ...(confirmedAgeMs === null ? {} : { confirmedAgeMs }) };
}

function createBook(state: BrokerState, clock: Clock) {
  let lastId = 1000;
  let looks = 0;
  let visibleAfter = 0;

  const enter = (account: AccountNumber, order: OrderRequest, changes: Partial<PlacedOrder> = {}): PlacedOrder => {
    const placed: PlacedOrder = {
      id: String((lastId += 1)),
      account,
      status: 'Live',
      orderType: order.orderType,
      timeInForce: order.timeInForce,
      ...(order.price === undefined ? {} : { price: order.price }),
      legs: order.legs.map(({ symbol, type, action, quantity }) => ({ symbol, type, action, quantity, fills: [] })),
      isCancellable: true,
      isEditable: true,
      externalId: order.externalId,
      receivedAt: clock.now(),
      ...changes,
    };
    state.orders.unshift(placed);
    return placed;
  };
  const change = (id: string, changes: Partial<PlacedOrder>): PlacedOrder => {
    const changed = { ...book.get(id), ...changes };
    state.orders = state.orders.map((order) => (order.id === id ? changed : order));
    return changed;
  };
  const send = (apply: (changes: Partial<PlacedOrder>) => PlacedOrder): Promise<SendOutcome> | SendOutcome => {
    const behaviour = state.sends.shift() ?? { kind: 'accept' };
    switch (behaviour.kind) {
      case 'accept': {
        const { status, rejectReason } = behaviour;
        const changes = {
          ...(status === undefined ? {} : { status }),
          ...(rejectReason === undefined ? {} : { rejectReason }),
        };
        return { kind: 'accepted', order: apply(changes), effects: { warnings: [] } };
      }
      case 'unknown-but-there':
        visibleAfter = behaviour.visibleAfterLooks ?? 0;
        apply({});
        return { kind: 'unknown', why: 'The connection was cut.' };
      case 'never-answers-but-there':
        apply({});
        return new Promise(() => {});
      case 'unknown-not-there':
        return { kind: 'unknown', why: 'The connection was cut.' };
      case 'refuse':
        return { kind: 'refused', reasons: [{ code: behaviour.code, message: behaviour.message }] };
      case 'not-sent':
        return { kind: 'not-sent', why: 'The broker could not be reached.' };
      case 'throw':
        throw behaviour.error;
    }
  };
  const book = {
    get(id: string): PlacedOrder {
      const order = state.orders.find((each) => each.id === id);
      if (order === undefined) throw new GatewayError('not_found', 'There is no such order.');
      return order;
    },
    find(externalId: string): PlacedOrder | undefined {
      looks += 1;
      return looks > visibleAfter ? state.orders.find((order) => order.externalId === externalId) : undefined;
    },
    place: (account: AccountNumber, order: OrderRequest) => send((changes) => enter(account, order, changes)),
    replace: (account: AccountNumber, id: string, order: ReplaceRequest) =>
      send((changes) => {
        const before = change(id, { status: 'Cancelled', isCancellable: false, isEditable: false });
        return enter(account, { ...order, legs: [] }, { legs: before.legs, replaces: id, ...changes });
      }),
    cancel: (id: string) =>
      send((changes) => change(id, { status: 'Cancel Requested', isEditable: false, ...changes })),
  };
  return book;
}
