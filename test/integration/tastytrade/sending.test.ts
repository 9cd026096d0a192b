import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Broker, SendOptions } from '../../../src/broker/broker.ts';
import type { SendOutcome } from '../../../src/broker/model/order.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import { createExchange } from '../../../src/broker/tastytrade/exchange.ts';
import { ORDER_CONNECTIONS, createHttp } from '../../../src/broker/tastytrade/http.ts';
import { createSendOrder } from '../../../src/broker/tastytrade/send-order.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { data, startFakeBroker } from '../../support/fake-broker-server.ts';
import type { Answer, FakeBroker } from '../../support/fake-broker-server.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import { FREE_TURN, testUpstream } from '../../support/upstream.ts';
import { ACCOUNT, ORDERS, held, order, sending } from './sample-order.ts';

const COMPLEX = '/accounts/5WT00000/complex-orders';
const { legs: _legs, ...replacement } = order;
const TOO_LATE = { kind: 'not-sent', why: 'It was too late to send it.' };

type Write = (broker: Broker, options: SendOptions) => Promise<SendOutcome>;

/** Every operation that moves an order, with the address that it sends to. */
const WRITES: readonly (readonly [name: string, route: readonly [method: string, path: string], write: Write])[] = [
  ['place', ['POST', ORDERS], ({ orders }, options) => orders.place(ACCOUNT, order, options)],
  ['replace', ['PUT', `${ORDERS}/7`], ({ orders }, options) => orders.replace(ACCOUNT, '7', replacement, options)],
  ['cancel', ['DELETE', `${ORDERS}/7`], ({ orders }, options) => orders.cancel(ACCOUNT, '7', options)],
  [
    'placeComplex',
    ['POST', COMPLEX],
    ({ orders }, options) =>
      orders.placeComplex(
        ACCOUNT,
        { type: 'OTO', trigger: order, orders: [{ ...order, externalId: 'tg-0002' }] },
        options,
      ),
  ],
  ['cancelComplex', ['DELETE', `${COMPLEX}/3`], ({ orders }, options) => orders.cancelComplex(ACCOUNT, '3', options)],
];

let fake: FakeBroker;
let clock: ManualClock;
let broker: Broker;

const EXCHANGE = {
  signal: new AbortController().signal,
  timeoutMs: 20_000,
  maxBytes: 1_000,
  isUnstoppable: true,
} as const;

/** What has come of some work by now. */
function settled<Value>(work: Promise<Value>): { value: Value | undefined; readonly done: Promise<Value> } {
  const result: { value: Value | undefined; readonly done: Promise<Value> } = {
    value: undefined,
    done: work.then((value) => {
      result.value = value;
      return value;
    }),
  };
  return result;
}

const open = (url: string): Broker => createTastytradeBroker(testUpstream(url, { clock }));
const answerAll = (answer: Answer): void => {
  for (const [, [method, path]] of WRITES) fake.on(method, path, () => answer);
};
const orderCalls = () => fake.seen.filter((one) => one.path !== '/oauth/token');
const told = data({ order: held(7), 'complex-order': { id: 3, type: 'OTO', orders: [held(7)] } }, 201);

beforeEach(async () => {
  fake = await startFakeBroker();
  clock = createManualClock();
  broker = open(fake.url);
  answerAll(told);
});

afterEach(async () => {
  const closing = broker.close();
  await clock.advance(1_000);
  await closing;
  await fake.close();
});

describe.each(WRITES)('the beginning of %s', (_name, [method, path], write) => {
  test('is asked for once, after all else and before anything leaves', async () => {
    const begin = vi.fn(async () => {
      expect(fake.tokenCalls()).toBe(1);
      expect(orderCalls()).toHaveLength(0);
      return clock.monotonicMs();
    });
    await expect(write(broker, sending({ begin }))).resolves.toMatchObject({ kind: 'accepted' });
    expect(begin).toHaveBeenCalledTimes(1);
    expect(fake.seenAt(method, path)).toHaveLength(1);
  });

  test('that is refused is the end of it: its error, and no call', async () => {
    const stopped = new GatewayError('trading_stopped', 'Somebody stopped trading.');
    const begin = () => Promise.reject(stopped);
    await expect(write(broker, sending({ begin }))).rejects.toBe(stopped);
    expect(orderCalls()).toHaveLength(0);
  });

  test('is not asked for when something before it failed', async () => {
    const begin = vi.fn(async () => Number.POSITIVE_INFINITY);
    await expect(write(broker, sending({ begin, signal: AbortSignal.abort() }))).resolves.toMatchObject({
      kind: 'not-sent',
    });
    const limited = createTastytradeBroker(
      testUpstream(fake.url, {
        throttle: async (endpoint) => {
          if (endpoint === 'orders') throw new GatewayError('rate_limited', 'Too many orders at once.');
          return FREE_TURN;
        },
      }),
    );
    await expect(write(limited, sending({ begin }))).resolves.toMatchObject({ kind: 'not-sent' });
    await limited.close();
    fake.on('POST', '/oauth/token', () => ({ status: 400, json: { error_code: 'invalid_grant' } }));
    await expect(write(open(fake.url), sending({ begin }))).resolves.toMatchObject({ kind: 'not-sent' });
    expect(begin).not.toHaveBeenCalled();
    expect(orderCalls()).toHaveLength(0);
  });

  test('says whether an order or a cancel is about to be sent, and ends the turn whatever comes of it', async () => {
    const moves: unknown[] = [];
    let turns = 0;
    const counted = createTastytradeBroker(
      testUpstream(fake.url, {
        clock,
        throttle: async (endpoint, options) => {
          if (endpoint !== 'orders') return FREE_TURN;
          moves.push(options.moves);
          turns += 1;
          return { ...FREE_TURN, ended: () => (turns -= 1) };
        },
      }),
    );
    const stopped = new GatewayError('trading_stopped', 'Somebody stopped trading.');
    await write(counted, sending());
    await write(counted, sending({ begin: () => Promise.reject(stopped) })).catch(() => {});
    expect(moves).toEqual(method === 'DELETE' ? ['cancel', 'cancel'] : ['order', 'order']);
    expect(turns).toBeLessThanOrEqual(0);
    const closing = counted.close();
    await clock.advance(1000);
    await closing;
  });

  test('throws where nobody can say whether it may be made, and nothing is sent', async () => {
    const lost = new GatewayError('coordination_unavailable', 'Nobody can say.');
    const limited = createTastytradeBroker(
      testUpstream(fake.url, {
        clock,
        throttle: async (endpoint) => (endpoint === 'orders' ? Promise.reject(lost) : FREE_TURN),
      }),
    );
    const begin = vi.fn(async () => Number.POSITIVE_INFINITY);
    await expect(write(limited, sending({ begin }))).rejects.toBe(lost);
    expect(begin).not.toHaveBeenCalled();
    expect(orderCalls()).toHaveLength(0);
    const closing = limited.close();
    await clock.advance(1000);
    await closing;
  });

  test('on a turn that is over sends nothing', async () => {
    const late = createTastytradeBroker(
      testUpstream(fake.url, {
        clock,
        throttle: async (endpoint) => ({
          ...FREE_TURN,
          notAfterMs: endpoint === 'orders' ? -1 : Number.POSITIVE_INFINITY,
        }),
      }),
    );
    await expect(write(late, sending())).resolves.toEqual(TOO_LATE);
    expect(orderCalls()).toHaveLength(0);
    const closing = late.close();
    await clock.advance(1000);
    await closing;
  });

  test.each([
    ['has passed meanwhile', () => clock.monotonicMs() - 1],
    ['is no number', () => Number.NaN],
  ])('whose latest moment %s sends nothing', async (_why, latest) => {
    await clock.advance(5_000);
    await expect(write(broker, sending({ begin: async () => latest() }))).resolves.toEqual(TOO_LATE);
    expect(orderCalls()).toHaveLength(0);
  });
});

describe('an order that waits for its connection', () => {
  /** Takes connections and never says the word of TLS: no connection to it ever stands. */
  async function silentHost() {
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket.on('error', () => {})));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return {
      url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      connections: () => sockets.length,
      close() {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    };
  }

  test('is given up at its latest moment', async () => {
    const host = await silentHost();
    const http = createHttp(testUpstream(host.url, { clock }));
    const tokens = { current: async () => 'token', refused: async () => false };
    const send = createSendOrder({ http, tokens, throttle: async () => FREE_TURN, clock });
    const result = settled(
      send({ method: 'DELETE', path: `${ORDERS}/7`, endpoint: 'orders' }, sending({ begin: async () => 2_000 })),
    );
    await expect.poll(() => host.connections()).toBe(1);
    await clock.advance(1_999);
    expect(result.value).toBeUndefined();
    await clock.advance(1);
    expect(result.value).toEqual(TOO_LATE);
    const closing = http.close();
    await clock.advance(1_000);
    await closing;
    host.close();
  });

  test('does not even ask for one when it is too late already', async () => {
    const host = await silentHost();
    const http = createHttp(testUpstream(host.url, { clock }));
    const tokens = { current: async () => 'token', refused: async () => false };
    const send = createSendOrder({ http, tokens, throttle: async () => FREE_TURN, clock });
    const call = { method: 'DELETE', path: `${ORDERS}/7`, endpoint: 'orders' } as const;
    await expect(send(call, sending({ begin: async () => -1 }))).resolves.toEqual(TOO_LATE);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(host.connections()).toBe(0);
    await http.close();
    host.close();
  });

  test('is not written when its connection comes after that', async () => {
    const answers: ((answer: Answer) => void)[] = [];
    fake.on('POST', ORDERS, () => new Promise<Answer>((resolve) => void answers.push(resolve)));
    const place = (options: SendOptions) => broker.orders.place(ACCOUNT, order, options);
    const before = Array.from({ length: ORDER_CONNECTIONS }, () => place(sending()));
    await expect.poll(() => answers.length).toBe(ORDER_CONNECTIONS);
    const begin = vi.fn(async () => clock.monotonicMs() + 1_000);
    const waiting = place(sending({ begin }));
    await expect.poll(() => begin.mock.calls.length).toBe(1);
    await clock.advance(1_000);
    await expect(waiting).resolves.toEqual(TOO_LATE);
    for (const answer of answers) answer(told);
    for (const outcome of await Promise.all(before)) expect(outcome.kind).toBe('accepted');
    // What comes after it on the freed connections is written, so it would have been as well.
    fake.on('POST', ORDERS, () => told);
    await expect(place(sending())).resolves.toMatchObject({ kind: 'accepted' });
    expect(fake.seenAt('POST', ORDERS)).toHaveLength(ORDER_CONNECTIONS + 1);
  });

  test('is not written by a process so busy that its timers come late', async () => {
    const at = { ms: 0 };
    const stuck = { ...clock, monotonicMs: () => at.ms, after: () => ({ cancel() {} }) };
    const exchange = createExchange({ ...EXCHANGE, clock: stuck, notAfterMs: 10 });
    at.ms = 11;
    const abort = vi.fn();
    exchange.handler.onRequestStart?.({ abort } as never, {});
    expect(abort).toHaveBeenCalledTimes(1);
    await expect(exchange.reply).rejects.toMatchObject({ kind: 'late', dispatched: false });
  });

  test('ends with its caller as long as nothing is written', async () => {
    const answers: ((answer: Answer) => void)[] = [];
    fake.on('POST', ORDERS, () => new Promise<Answer>((resolve) => void answers.push(resolve)));
    const leaving = new AbortController();
    const begin = vi.fn(async () => clock.monotonicMs() + 1_000);
    const before = Array.from({ length: 4 }, () => broker.orders.place(ACCOUNT, order, sending()));
    await expect.poll(() => answers.length).toBe(4);
    const waiting = broker.orders.place(ACCOUNT, order, sending({ signal: leaving.signal, begin }));
    await expect.poll(() => begin.mock.calls.length).toBe(1);
    leaving.abort();
    await expect(waiting).resolves.toMatchObject({ kind: 'not-sent' });
    for (const answer of answers) answer(told);
    await Promise.all(before);
    expect(fake.seenAt('POST', ORDERS)).toHaveLength(4);
  });
});

test('an order that began in time is not ended by its latest moment', async () => {
  const answers: ((answer: Answer) => void)[] = [];
  fake.on('POST', ORDERS, () => new Promise<Answer>((resolve) => void answers.push(resolve)));
  const result = settled(
    broker.orders.place(ACCOUNT, order, sending({ begin: async () => clock.monotonicMs() + 1_000 })),
  );
  await expect.poll(() => answers.length).toBe(1);
  await clock.advance(15_000);
  expect(result.value).toBeUndefined();
  answers[0]?.(told);
  await expect(result.done).resolves.toMatchObject({ kind: 'accepted' });
});
