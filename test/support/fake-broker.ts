import type {
  Broker,
  Environment,
  HistoryQuery,
  Listing,
  Reading,
  Resolution,
  SendOptions,
} from '../../src/broker/broker.ts';
import type { Account, Balances, NetLiqPoint, Position, Transaction } from '../../src/broker/model/account.ts';
import type { OptionChain } from '../../src/broker/model/chain.ts';
import type { Instrument, InstrumentSpec } from '../../src/broker/model/instrument.ts';
import type {
  ComplexRequest,
  OrderRequest,
  PlacedOrder,
  Preview,
  ReplaceRequest,
} from '../../src/broker/model/order.ts';
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
import { ZERO, decimal } from '../../src/core/decimal.ts';
import type { Decimal } from '../../src/core/decimal.ts';
import { GatewayError, tellError } from '../../src/core/errors.ts';
import { createFakeOrderBook } from './fake-order-book.ts';
import { createFakeWatchers } from './fake-watchers.ts';
import type { FakeWatchers } from './fake-watchers.ts';
import type { SendBehaviour } from './fake-order-book.ts';

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
  realizedToday: Decimal | undefined;
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
  readonly watchers: FakeWatchers;
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

  const book = createFakeOrderBook(state, clock);
  const watchers = createFakeWatchers();
  const broker: Broker = {
    environment,
    accounts: {
      list: tracked('accounts.list', () => state.accounts),
      balances: tracked('accounts.balances', (account: AccountNumber) => ({ account, ...state.balances })),
      positions: tracked('accounts.positions', () => state.positions),
      netLiqHistory: tracked('accounts.netLiqHistory', () => state.netLiq),
      holdings: tracked('accounts.holdings', () => ({
        positions: state.positions,
        ...(state.realizedToday === undefined ? {} : { realizedToday: state.realizedToday }),
      })),
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
    marketData: {
      read: tracked('marketData.read', createRead(state, clock)) as Broker['marketData']['read'],
      watch: watchers.watch,
    },
    orders: {
      live: tracked('orders.live', () => state.orders),
      get: tracked('orders.get', (_: AccountNumber, id: string) => book.get(id)),
      findByExternalId: tracked('orders.findByExternalId', (_: AccountNumber, externalId: string) =>
        book.find(externalId),
      ),
      preview: tracked('orders.preview', () => state.preview),
      previewReplace: tracked('orders.previewReplace', () => state.preview),
      previewComplex: tracked('orders.previewComplex', () => state.preview),
      place: tracked('orders.place', (account: AccountNumber, order: OrderRequest, sending: SendOptions) =>
        book.place(account, order, sending),
      ),
      replace: tracked(
        'orders.replace',
        (account: AccountNumber, id: string, order: ReplaceRequest, sending: SendOptions) =>
          book.replace(account, { id, order }, sending),
      ),
      cancel: tracked('orders.cancel', (_: AccountNumber, id: string, sending: SendOptions) =>
        book.cancel(id, sending),
      ),
      placeComplex: tracked(
        'orders.placeComplex',
        (account: AccountNumber, order: ComplexRequest, sending: SendOptions) =>
          book.placeComplex(account, order, sending),
      ),
      cancelComplex: tracked('orders.cancelComplex', (_: AccountNumber, id: string, sending: SendOptions) =>
        book.cancelComplex(id, sending),
      ),
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
    watchers,
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
    // Readable throughout: limits refuse what they cannot read.
    preview: {
      kind: 'acceptable',
      effects: {
        buyingPower: {
          changeInBuyingPower: decimal('-100'),
          changeInMarginRequirement: decimal('-100'),
          currentBuyingPower: decimal('1000000'),
          newBuyingPower: decimal('999900'),
        },
        fees: decimal('-0.1'),
        warnings: [],
      },
    },
    realizedToday: ZERO,
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
