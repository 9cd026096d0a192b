import type { Broker, CallOptions, OrderOperations, SendOptions } from '../../src/broker/broker.ts';
import type { Position } from '../../src/broker/model/account.ts';
import type { Instrument } from '../../src/broker/model/instrument.ts';
import { isTerminal } from '../../src/broker/model/order.ts';
import type { Preview, SendOutcome } from '../../src/broker/model/order.ts';
import { brokerSymbol, streamerSymbol } from '../../src/broker/model/symbol.ts';
import { epochMs } from '../../src/core/clock.ts';
import { ZERO, decimal } from '../../src/core/decimal.ts';
import { GatewayError } from '../../src/core/errors.ts';
import type { Post } from './desk.ts';
import { pass } from './life.ts';
import type { Life } from './life.ts';
import type { Call, Side, Sim } from './sim.ts';

/** As the adapter: an answer that has not come by then is not waited for. */
const ORDER_MS = 20_000;
const READ_MS = 10_000;

const STOCK: Instrument = {
  symbol: brokerSymbol('AAA'),
  type: 'Equity',
  streamerSymbol: streamerSymbol('AAA'),
  underlying: brokerSymbol('AAA'),
  multiplier: decimal(1),
  ticks: [{ step: decimal('0.01') }],
  isClosingOnly: false,
};

export const BID = decimal('10');
export const ASK = decimal('10.02');
export const MID = decimal('10.01');

const WELCOME: Preview = {
  kind: 'acceptable',
  effects: { buyingPower: { changeInBuyingPower: decimal(-50) }, warnings: [] },
};

export type PortOf = { readonly side: Side; readonly life: Life; readonly call?: Call };

const unused = (): never => {
  throw new RangeError('The order path does not ask for this');
};

/** What a replica holds of the broker, for one call or for its settler: the port of a login, over a network. */
export function createBrokerPort(sim: Sim, port: PortOf): Broker {
  const { side, life } = port;
  const asked =
    <Value>(what: string, read: () => Value) =>
    (options: CallOptions): Promise<Value> =>
      ask(sim, life, { what, read, options });
  const position: Position = {
    account: side.account,
    symbol: STOCK.symbol,
    type: 'Equity',
    underlying: STOCK.symbol,
    quantity: decimal(1000),
    direction: 'Long',
    multiplier: decimal(1),
  };
  const plain: Pick<Broker, 'history' | 'watchlists'> = {
    history: { transactions: unused, orders: unused },
    watchlists: {
      listPrivate: unused,
      listPublic: unused,
      getPrivate: unused,
      getPublic: unused,
      create: unused,
      replace: unused,
      remove: unused,
    },
  };
  return {
    ...plain,
    environment: side.tenant.environment,
    accounts: {
      list: unused,
      balances: unused,
      netLiqHistory: unused,
      positions: unused,
      holdings: (_account, options) =>
        asked('holdings', () => ({ positions: [position], realizedToday: ZERO }))(options),
    },
    instruments: {
      chain: unused,
      resolve: (specs, options) =>
        asked('instruments', () => specs.map((spec) => ({ kind: 'found' as const, spec, instrument: STOCK })))(options),
    },
    marketData: {
      read: (wanted, options) =>
        asked('quotes', () =>
          wanted.map(({ symbol }) => ({
            kind: 'value' as const,
            symbol,
            event: { kind: 'Quote' as const, symbol, bid: BID, ask: ASK, asOf: epochMs(life.clock.now()) },
            ageMs: 200,
            confirmedAgeMs: 100,
          })),
        )(options) as never,
      watch: () => () => {},
    },
    orders: ordersOf(sim, port, asked),
    reference: {
      metrics: unused,
      holidays: unused,
      search: unused,
      sessions: (markets, options) =>
        asked('sessions', () => markets.map((market) => ({ market, state: 'Open' })))(options),
    },
    close: async () => {},
  };
}

type Asked = <Value>(what: string, read: () => Value) => (options: CallOptions) => Promise<Value>;

function ordersOf(sim: Sim, port: PortOf, asked: Asked): OrderOperations {
  const { side } = port;
  const { desk } = sim;
  const get = (orderId: string) => {
    const order = desk.find(side, ({ id }) => id === orderId);
    if (order === undefined) throw new GatewayError('not_found', 'There is no such order.');
    return order;
  };
  const working = () =>
    desk.book
      .flatMap(({ order }) => desk.find(side, ({ id }) => id === order.id) ?? [])
      .filter((order) => !isTerminal(order.status));
  return {
    live: (_account, options) => asked('live orders', working)(options),
    get: (_account, orderId, options) => asked('an order', () => get(orderId))(options),
    findByExternalId: (_account, externalId, _since, options) =>
      asked(`order ${externalId}`, () => desk.find(side, (order) => order.externalId === externalId))(options),
    preview: (_account, _order, options) => asked('dry run', () => WELCOME)(options),
    previewReplace: (_account, _orderId, _order, options) => asked('dry run', () => WELCOME)(options),
    previewComplex: (_account, _order, options) => asked('dry run', () => WELCOME)(options),
    placeComplex: (_account, request, options) => {
      const externalId = request.trigger?.externalId ?? '';
      return send(sim, port, { post: { action: 'complex', externalId, request }, options });
    },
    cancelComplex: unused,
    place: (_account, request, options) =>
      send(sim, port, { post: { action: 'place', externalId: request.externalId, request }, options }),
    replace: (_account, orderId, request, options) =>
      send(sim, port, { post: { action: 'replace', externalId: request.externalId, orderId, request }, options }),
    cancel: (_account, orderId, options) => send(sim, port, { post: { action: 'cancel', orderId }, options }),
  };
}

type Asking<Value> = { readonly what: string; readonly read: () => Value; readonly options: CallOptions };

const timeout = (): GatewayError => new GatewayError('broker_timeout', 'The broker did not answer in time.');

/** One read: it may be slow, fail or hang, and what it tells is as old as its way back is long. */
async function ask<Value>(sim: Sim, life: Life, { what, read, options }: Asking<Value>): Promise<Value> {
  const { chance, time } = sim;
  const before = pass(sim, life, `asking for ${what}`);
  if (before !== undefined) await before;
  options.signal.throwIfAborted();
  const luck = sim.isCalm ? 1 : sim.readsDownUntil > time.now() ? chance.next() * 0.03 : chance.next();
  if (luck < 0.006) await hang(sim, life, options.signal);
  if (luck < 0.03) {
    if (chance.is(0.5)) await time.sleep(chance.between(1, 3000), life);
    sim.trace?.(life.name, () => `cannot read ${what}`);
    throw new GatewayError('broker_unavailable', 'The broker could not be reached.');
  }
  if (luck < 0.14) await time.sleep(chance.between(1, 60), life);
  const value = read();
  if (luck < 0.2) await time.sleep(luck < 0.15 ? chance.between(100, 6000) : chance.between(1, 60), life);
  const after = pass(sim, life, `hearing of ${what}`);
  if (after !== undefined) await after;
  options.signal.throwIfAborted();
  return value;
}

/** Ends as the adapter does: by its deadline, or with the caller. A few heed neither. */
async function hang(sim: Sim, life: Life, signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const isDeaf = sim.chance.is(0.3);
  life.clock.after(isDeaf ? 3 * READ_MS : READ_MS, () => reject(timeout()));
  if (!isDeaf) signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  return promise;
}

const notSent = (why: string): SendOutcome => ({ kind: 'not-sent', why });
const LATE = notSent('It was too late to send it.');
const GONE = notSent('The caller withdrew the call.');

type Sending = { readonly post: Post; readonly options: SendOptions };

/** As `src/broker/tastytrade/send-order.ts`: token and turn → `begin` → connection → not too late → it leaves → its answer. */
async function send(sim: Sim, { side, life, call }: PortOf, { post, options }: Sending): Promise<SendOutcome> {
  if (call === undefined) throw new RangeError('A settler sends nothing');
  const { chance } = sim;
  await pass(sim, life, 'a send');
  if (!(await takesTurn(sim, life, options.signal))) return notSent('No turn came, or no access token.');
  if (options.signal.aborted) return GONE;
  const notAfterMs = await options.begin();
  await pass(sim, life, 'having begun', 'hot');
  if (!(life.clock.monotonicMs() <= notAfterMs)) return LATE;
  const connected = await connects(sim, life, options.signal);
  if (connected !== undefined) return connected;
  if (!(life.clock.monotonicMs() <= notAfterMs)) return LATE;
  const answer = sim.desk.receive({ post, side, call, life });
  const { promise: late, resolve } = Promise.withResolvers<SendOutcome>();
  // Now and then the adapter's own deadline fails, and its caller has to see to itself.
  const hasDeadline = sim.isCalm || chance.is(0.85);
  const timer = life.clock.after(ORDER_MS, () => resolve({ kind: 'unknown', why: 'No answer in time.' }));
  if (!hasDeadline) timer.cancel();
  await pass(sim, life, 'having sent');
  const outcome = await Promise.race([answer, late]);
  timer.cancel();
  await pass(sim, life, 'having an answer');
  return outcome;
}

/** The access token and the throttle, which may take long, or fail. */
async function takesTurn(sim: Sim, life: Life, signal: AbortSignal): Promise<boolean> {
  const { chance, time } = sim;
  if (sim.isCalm) return true;
  if (chance.is(0.015)) return false;
  if (chance.is(0.2)) await time.sleep(chance.between(1, 400), life);
  else if (chance.is(0.01)) {
    await time.sleep(chance.between(40_000, 70_000), life);
    if (chance.is(0.5) && signal.aborted) return false;
  }
  return true;
}

/** What stands in the way of its leaving; `undefined`: nothing. */
async function connects(sim: Sim, life: Life, signal: AbortSignal): Promise<SendOutcome | undefined> {
  const { chance, time } = sim;
  if (sim.isCalm) return undefined;
  if (chance.is(0.01)) return notSent('The broker could not be reached.');
  if (chance.is(0.3)) await time.sleep(chance.between(1, 150), life);
  else if (chance.is(0.04)) await time.sleep(chance.between(1000, 6000), life);
  await pass(sim, life, 'being connected', 'hot');
  return signal.aborted ? GONE : undefined;
}
