import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import type { OrderRequest } from '../../../src/broker/model/order.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import { epochMs } from '../../../src/core/clock.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { data, lists, refusal, startFakeBroker } from '../../support/fake-broker-server.ts';
import type { Answer, FakeBroker } from '../../support/fake-broker-server.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { FREE_TURN, calm, testUpstream } from '../../support/upstream.ts';
import { ACCOUNT, ORDERS, held, order, sending } from './sample-order.ts';

const { legs: _legs, ...replacement } = order;

let fake: FakeBroker;
let broker: Broker;

beforeEach(async () => {
  fake = await startFakeBroker();
  broker = createTastytradeBroker(testUpstream(fake.url));
});

afterEach(async () => {
  await broker.close();
  await fake.close();
});

describe('the body of an order', () => {
  test('holds what is allowed and nothing else, with exact decimals', async () => {
    fake.on('POST', ORDERS, () => data({ order: held(7) }, 201));
    const request = { ...order, surprise: 'x', 'automated-source': false } as OrderRequest;
    await broker.orders.place(ACCOUNT, request, sending());
    expect(JSON.parse(fake.seenAt('POST', ORDERS)[0]?.text ?? '')).toEqual({
      'order-type': 'Limit',
      'time-in-force': 'Day',
      price: '1.05',
      'price-effect': 'Debit',
      source: 'tasty-gateway',
      'automated-source': true,
      'external-identifier': 'tg-0001',
      'advanced-instructions': { 'strict-position-effect-validation': true },
      legs: [
        { 'instrument-type': 'Equity Option', symbol: 'SPY   261218C00600000', action: 'Buy to Open', quantity: 10 },
        { 'instrument-type': 'Equity Option', symbol: 'SPY   261218C00610000', action: 'Sell to Open', quantity: 10 },
      ],
    });
  });

  test('of a replacement has no legs', async () => {
    fake.on('PUT', `${ORDERS}/7`, () => data(held(8, { 'replaces-order-id': 7 })));
    await expect(broker.orders.replace(ACCOUNT, '7', order, sending())).resolves.toMatchObject({
      kind: 'accepted',
      order: { id: '8', replaces: '7', price: '-1.05' },
    });
    expect(JSON.parse(fake.seenAt('PUT', `${ORDERS}/7`)[0]?.text ?? '')).not.toHaveProperty('legs');
  });
});

type Case = readonly [name: string, answer: Answer, kind: 'accepted' | 'refused' | 'unknown'];

const page = { text: '<html><h1>nginx</h1></html>' };
const preflight = refusal(422, 'preflight_check_failure', 'Checks failed', [
  { code: 'margin_check_failed', message: 'No buying power.' },
]);

const cases: readonly Case[] = [
  ['201', data({ order: held(7), warnings: [] }, 201), 'accepted'],
  ['200', data({ order: held(7) }), 'accepted'],
  ['202', data({ order: held(7) }, 202), 'accepted'],
  [
    'an order that was rejected at once',
    data({ order: held(7, { status: 'Rejected', 'reject-reason': 'Session offline' }) }, 201),
    'accepted',
  ],
  ['an order with errors beside it', data({ order: held(7), errors: [{ code: 'x', message: 'y' }] }, 201), 'accepted'],
  [
    'an order beside effects of no known form',
    data({ order: held(7), 'buying-power-effect': { 'new-buying-power': 'NaN' } }, 201),
    'accepted',
  ],
  ['an order alone', data(held(7)), 'accepted'],
  ['200 with errors and no order', data({ errors: [{ code: 'x', message: 'y' }] }), 'unknown'],
  ['200 with an error body', { ...preflight, status: 200 }, 'unknown'],
  ['an order without an id', data({ order: { ...held(7), id: undefined } }, 201), 'unknown'],
  [
    'an order with an id too large to be exact',
    { status: 201, text: '{"data":{"order":{"id":90071992547409931234}}}' },
    'unknown',
  ],
  ['201 with nothing', { status: 201 }, 'unknown'],
  ['201 with garbage', { status: 201, text: '{"data":{"order":' }, 'unknown'],
  ['200 with a web page', { status: 200, ...page }, 'unknown'],
  ['204', { status: 204 }, 'unknown'],
  ['301', { status: 301, headers: { location: ORDERS } }, 'unknown'],
  ['302 to itself', { status: 302, headers: { location: ORDERS } }, 'unknown'],
  ['303', { status: 303, headers: { location: ORDERS } }, 'unknown'],
  ['307 to itself', { status: 307, headers: { location: ORDERS } }, 'unknown'],
  ['308', { status: 308, headers: { location: ORDERS } }, 'unknown'],
  ['304', { status: 304 }, 'unknown'],
  ['400', refusal(400, 'validation_error', 'Bad', [{ domain: 'legs', reason: 'is missing' }]), 'refused'],
  ['401', refusal(401, 'unauthorized'), 'refused'],
  ['403', refusal(403, 'not_permitted'), 'refused'],
  ['404', refusal(404, 'record_not_found'), 'refused'],
  ['406', { status: 406, json: { error: { code: 406, message: 'x' } } }, 'refused'],
  ['409', refusal(409, 'conflict'), 'refused'],
  ['422', preflight, 'refused'],
  ['422 without inner errors', refusal(422, 'cannot_update_order'), 'refused'],
  ['429', refusal(429, 'too_many_requests'), 'refused'],
  ['400 in the OAuth shape', { status: 400, json: { error_code: 'invalid_grant' } }, 'refused'],
  ['400 as a web page', { status: 400, ...page }, 'unknown'],
  ['401 as a web page', { status: 401, ...page }, 'unknown'],
  ['403 as a web page', { status: 403, ...page }, 'unknown'],
  ['404 as a web page', { status: 404, ...page }, 'unknown'],
  ['408', refusal(408, 'request_timeout'), 'unknown'],
  ['422 with JSON of another form', { status: 422, json: ['no'] }, 'unknown'],
  ['429 with nothing', { status: 429 }, 'unknown'],
  ['499', refusal(499, 'client_closed'), 'unknown'],
  ['500', refusal(500, 'internal'), 'unknown'],
  ['500 with nothing', { status: 500 }, 'unknown'],
  ['502', { status: 502, ...page }, 'unknown'],
  ['503', { status: 503, ...page, headers: { 'retry-after': '0' } }, 'unknown'],
  ['504', refusal(504, 'timeout_error'), 'unknown'],
  ['a reset before the answer', { fault: 'reset-before-answer' }, 'unknown'],
  ['a cut in the body', { ...data({ order: held(7) }, 201), fault: 'cut-in-body' }, 'unknown'],
  ['an answer beyond all bounds', { status: 201, text: 'x'.repeat(5 * 1024 * 1024) }, 'unknown'],
];

describe('one send', () => {
  test.each(cases)('answered with %s', async (_name, answer, kind) => {
    fake.on('POST', ORDERS, () => answer);
    await expect(broker.orders.place(ACCOUNT, order, sending())).resolves.toMatchObject({ kind });
    expect(fake.seenAt('POST', ORDERS)).toHaveLength(1);
    expect(fake.seen.filter((one) => one.path !== '/oauth/token')).toHaveLength(1);
  });

  test.each(cases)('of a cancel, answered with %s', async (_name, answer, kind) => {
    fake.on('DELETE', `${ORDERS}/7`, () => answer);
    await expect(broker.orders.cancel(ACCOUNT, '7', sending())).resolves.toMatchObject({ kind });
    expect(fake.seenAt('DELETE', `${ORDERS}/7`)).toHaveLength(1);
  });

  test('whose answer never comes is unknown at its deadline, and its caller cannot end it earlier', async () => {
    const clock = createManualClock();
    const timed = createTastytradeBroker(testUpstream(fake.url, { clock }));
    const leaving = new AbortController();
    fake.on('POST', ORDERS, () => ({ fault: 'hang' }));
    const placing = timed.orders.place(ACCOUNT, order, sending({ signal: leaving.signal }));
    await expect.poll(() => fake.seenAt('POST', ORDERS).length).toBe(1);
    leaving.abort();
    await clock.advance(19_999);
    expect(await Promise.race([placing, Promise.resolve('still waiting')])).toBe('still waiting');
    await clock.advance(1);
    await expect(placing).resolves.toMatchObject({ kind: 'unknown' });
    expect(fake.seenAt('POST', ORDERS)).toHaveLength(1);
    await timed.close();
  });

  test('goes on when its caller leaves, and tells what became of it', async () => {
    const leaving = new AbortController();
    fake.on('POST', ORDERS, () => {
      leaving.abort();
      return data({ order: held(7) }, 201);
    });
    await expect(broker.orders.place(ACCOUNT, order, sending({ signal: leaving.signal }))).resolves.toMatchObject({
      kind: 'accepted',
      order: { id: '7' },
    });
  });

  test('of a caller who has left already is not made', async () => {
    await expect(broker.orders.place(ACCOUNT, order, sending({ signal: AbortSignal.abort() }))).resolves.toMatchObject({
      kind: 'not-sent',
    });
    expect(fake.seenAt('POST', ORDERS)).toHaveLength(0);
  });

  test('refused its turn is not made', async () => {
    const limited = createTastytradeBroker(
      testUpstream(fake.url, {
        throttle: async (endpoint) => {
          if (endpoint === 'orders') throw new GatewayError('rate_limited', 'Too many orders at once.');
          return FREE_TURN;
        },
      }),
    );
    await expect(limited.orders.place(ACCOUNT, order, sending())).resolves.toEqual({
      kind: 'not-sent',
      why: 'Too many orders at once.',
    });
    expect(fake.seenAt('POST', ORDERS)).toHaveLength(0);
    await limited.close();
  });

  test('without a token is not made', async () => {
    fake.on('POST', '/oauth/token', () => ({ status: 400, json: { error_code: 'invalid_grant' } }));
    await expect(broker.orders.place(ACCOUNT, order, sending())).resolves.toMatchObject({ kind: 'not-sent' });
    expect(fake.seenAt('POST', ORDERS)).toHaveLength(0);
  });

  test('to nobody is proven not to be made', async () => {
    await broker.accounts.list(calm).catch(() => undefined);
    await fake.close();
    await expect(broker.orders.place(ACCOUNT, order, sending())).resolves.toMatchObject({ kind: 'not-sent' });
    fake = await startFakeBroker();
  });

  test('to a host without a name is proven not to be made', async () => {
    const nowhere = createTastytradeBroker(testUpstream('http://broker.invalid'));
    await expect(nowhere.orders.place(ACCOUNT, order, sending())).resolves.toMatchObject({ kind: 'not-sent' });
    await nowhere.close();
  });

  test('after close is not made', async () => {
    await broker.accounts.list(calm).catch(() => undefined);
    await broker.close();
    await expect(broker.orders.place(ACCOUNT, order, sending())).resolves.toMatchObject({ kind: 'not-sent' });
  });

  test('refused for an old token leaves a fresh one to the next, and is not repeated by itself', async () => {
    fake.on('POST', ORDERS, () => data({ order: held(7) }, 201));
    fake.on('GET', '/customers/me/accounts', () => lists([]));
    await broker.accounts.list(calm);
    fake.goodTokens.clear();
    await expect(broker.orders.place(ACCOUNT, order, sending())).resolves.toMatchObject({
      kind: 'refused',
      reasons: [{ code: 'unauthorized' }],
    });
    expect(fake.seenAt('POST', ORDERS)).toHaveLength(1);
    await expect(broker.orders.place(ACCOUNT, order, sending())).resolves.toMatchObject({ kind: 'accepted' });
  });
});

describe('a dry run', () => {
  const effects = {
    'buying-power-effect': {
      'change-in-buying-power': '102.302',
      'change-in-buying-power-effect': 'Debit',
      'new-buying-power': '5',
      'new-buying-power-effect': 'Credit',
    },
    'fee-calculation': { 'total-fees': '2.30', 'total-fees-effect': 'Debit' },
    warnings: [{ code: 'tif.next_valid_session', message: 'Later.' }],
  };

  test('that passes tells its effects, signed', async () => {
    fake.on('POST', `${ORDERS}/dry-run`, () => data({ order: { ...held(0), id: undefined }, ...effects }, 201));
    await expect(broker.orders.preview(ACCOUNT, order, calm)).resolves.toEqual({
      kind: 'acceptable',
      effects: {
        buyingPower: { changeInBuyingPower: '-102.302', newBuyingPower: '5' },
        fees: '-2.3',
        warnings: [{ code: 'tif.next_valid_session', message: 'Later.' }],
      },
    });
  });

  test('that is refused tells its reasons, and its effects when there are any', async () => {
    fake.on('POST', `${ORDERS}/dry-run`, () => ({
      ...preflight,
      json: { ...(preflight.json as object), data: effects },
    }));
    await expect(broker.orders.preview(ACCOUNT, order, calm)).resolves.toMatchObject({
      kind: 'refused',
      reasons: [{ code: 'margin_check_failed', message: 'No buying power.' }],
      effects: { fees: '-2.3' },
    });
    fake.on('POST', `${ORDERS}/dry-run`, () => preflight);
    await expect(broker.orders.preview(ACCOUNT, order, calm)).resolves.not.toHaveProperty('effects');
  });

  test('is refused by errors under a success as well', async () => {
    fake.on('POST', `${ORDERS}/dry-run`, () => data({ ...effects, errors: [{ code: 'x', message: 'y' }] }, 201));
    await expect(broker.orders.preview(ACCOUNT, order, calm)).resolves.toMatchObject({
      kind: 'refused',
      reasons: [{ code: 'x' }],
    });
  });

  test.each([
    [{ 'new-buying-power': 'NaN', 'new-buying-power-effect': 'Credit' }, 'data.buying-power-effect.new-buying-power'],
    [
      { 'new-buying-power': '5', 'new-buying-power-effect': 'Sideways' },
      'data.buying-power-effect.new-buying-power-effect',
    ],
    [{ 'new-buying-power': '5' }, 'data.buying-power-effect.new-buying-power-effect'],
    [
      { 'new-buying-power': '-5', 'new-buying-power-effect': 'Credit' },
      'data.buying-power-effect.new-buying-power-effect',
    ],
  ])('with a number that cannot be right is not understood: %j', async (effect, field) => {
    fake.on('POST', `${ORDERS}/dry-run`, () => data({ 'buying-power-effect': effect }, 201));
    await expect(broker.orders.preview(ACCOUNT, order, calm)).rejects.toThrow(
      expect.objectContaining({ code: 'broker_not_understood', details: expect.objectContaining({ field }) }),
    );
  });

  test.each([
    [403, 'broker_not_permitted'],
    [404, 'not_found'],
    [429, 'broker_rate_limited'],
    [503, 'broker_unavailable'],
  ])('answered with %i speaks about the call: %s', async (status, code) => {
    fake.on('POST', `${ORDERS}/7/dry-run`, () => refusal(status, 'x'));
    await expect(broker.orders.previewReplace(ACCOUNT, '7', replacement, calm)).rejects.toThrow(
      expect.objectContaining({ code }),
    );
    expect(fake.seenAt('POST', `${ORDERS}/7/dry-run`)).toHaveLength(1);
  });

  test('is made again after a renewed token', async () => {
    fake.on('POST', `${ORDERS}/dry-run`, () => data(effects, 201));
    await broker.orders.preview(ACCOUNT, order, calm);
    fake.goodTokens.clear();
    await expect(broker.orders.preview(ACCOUNT, order, calm)).resolves.toMatchObject({ kind: 'acceptable' });
  });
});

describe('an order of ours', () => {
  test('is found among the live ones, over all their pages', async () => {
    fake.on('GET', `${ORDERS}/live`, ({ query }) => {
      const at = Number(query.get('page-offset'));
      const rows =
        at === 0
          ? Array.from({ length: 200 }, (_, i) => held(i + 1))
          : [held(900, { 'external-identifier': 'tg-0001' })];
      return lists(rows, { 'total-items': 201, 'total-pages': 2 });
    });
    await expect(
      broker.orders.findByExternalId(ACCOUNT, 'tg-0001', epochMs(Date.UTC(2026, 10, 23, 2)), calm),
    ).resolves.toMatchObject({ id: '900' });
  });

  test('is looked for in the search since the day before, page by page', async () => {
    fake.on('GET', `${ORDERS}/live`, () => lists([]));
    fake.on('GET', ORDERS, ({ query }) => {
      const at = Number(query.get('page-offset'));
      const rows =
        at < 2
          ? Array.from({ length: 200 }, (_, i) => held(at * 200 + i + 1))
          : [held(900, { 'external-identifier': 'tg-0001' })];
      return lists(rows, { 'total-items': 401, 'total-pages': 3 });
    });
    await expect(
      broker.orders.findByExternalId(ACCOUNT, 'tg-0001', epochMs(Date.UTC(2026, 10, 23, 2)), calm),
    ).resolves.toMatchObject({ id: '900' });
    await expect(
      broker.orders.findByExternalId(ACCOUNT, 'tg-none', epochMs(Date.UTC(2026, 10, 23, 2)), calm),
    ).resolves.toBeUndefined();
    expect(fake.seenAt('GET', ORDERS)[0]?.query.get('start-date')).toBe('2026-11-22');
  });

  test('is found on the third page of 450, also as a part of a complex order', async () => {
    const all = Array.from({ length: 450 }, (_, i) =>
      held(1_000 - i, i === 444 ? { 'external-identifier': 'tg-0001', 'complex-order-id': 3 } : {}),
    );
    fake.on('GET', `${ORDERS}/live`, () => lists([], { 'total-items': 0, 'total-pages': 0 }));
    fake.on('GET', ORDERS, ({ query }) => {
      const at = Number(query.get('page-offset'));
      const perPage = Number(query.get('per-page'));
      const pages = Math.ceil(all.length / perPage);
      return lists(all.slice(at * perPage, (at + 1) * perPage), { 'total-items': all.length, 'total-pages': pages });
    });
    const found = await broker.orders.findByExternalId(ACCOUNT, 'tg-0001', epochMs(Date.UTC(2026, 10, 23, 2)), calm);
    expect(found).toMatchObject({ id: '556', externalId: 'tg-0001', complexOrderId: '3' });
    const searches = fake.seenAt('GET', ORDERS).map(({ query }) => query);
    expect(searches.map((query) => query.get('page-offset'))).toEqual(['0', '1', '2']);
    expect(searches.every((query) => query.get('start-date') === '2026-11-22')).toBe(true);
  });

  test('is never thought missing because the broker could not be asked', async () => {
    fake.on('GET', `${ORDERS}/live`, () => lists([]));
    fake.on('GET', ORDERS, () => ({ status: 502, text: '<html>' }));
    await expect(broker.orders.findByExternalId(ACCOUNT, 'tg-0001', epochMs(0), calm)).rejects.toThrow(
      expect.objectContaining({ code: 'broker_unavailable' }),
    );
  });
});
