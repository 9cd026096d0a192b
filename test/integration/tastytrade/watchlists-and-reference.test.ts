import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import { accountNumber, brokerSymbol } from '../../../src/broker/model/symbol.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import { data, lists, refusal, startFakeBroker } from '../../support/fake-broker-server.ts';
import type { FakeBroker } from '../../support/fake-broker-server.ts';
import { calm, testUpstream } from '../../support/upstream.ts';

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

const code = (expected: string) => expect.objectContaining({ code: expected });
const tech = {
  name: 'Tech / big',
  entries: [{ symbol: brokerSymbol('AAPL'), instrumentType: 'Equity' }],
  orderIndex: 3,
};

describe('watchlists', () => {
  test('are read with either spelling of a key', async () => {
    fake.on('GET', '/public-watchlists', () =>
      lists([
        {
          name: 'A',
          'watchlist-entries': [
            { symbol: 'GLPI', instrument_type: 'Equity' },
            { symbol: '/ES', 'instrument-type': 'Future' },
          ],
        },
      ]),
    );
    await expect(broker.watchlists.listPublic(calm)).resolves.toEqual([
      {
        name: 'A',
        entries: [
          { symbol: 'GLPI', instrumentType: 'Equity' },
          { symbol: '/ES', instrumentType: 'Future' },
        ],
      },
    ]);
  });

  test.each([
    [refusal(401, 'unauthorized'), 'reconnect_needed'],
    [refusal(403, 'not_permitted'), 'broker_not_permitted'],
    [refusal(429, 'too_many'), 'broker_rate_limited'],
    [{ status: 502, text: '<html>' }, 'broker_unavailable'],
    [{ status: 404, text: '<html>' }, 'broker_not_understood'],
    [data({ name: 'Tech' }), 'broker_not_understood'],
  ])('are absent only when the broker says so, and not for %j', async (answer, expected) => {
    fake.on('GET', '/watchlists/Tech', () => answer);
    await expect(broker.watchlists.getPrivate('Tech', calm)).rejects.toThrow(code(expected));
  });

  test('are absent at a 404 of the broker itself', async () => {
    fake.on('GET', '/watchlists/Tech', () => refusal(404, 'record_not_found'));
    await expect(broker.watchlists.getPrivate('Tech', calm)).resolves.toBeUndefined();
  });

  test('are written whole', async () => {
    fake.on('POST', '/watchlists', () => data({}, 201));
    fake.on('PUT', '/watchlists/Tech%20%2F%20big', () => data({}));
    fake.on('DELETE', '/watchlists/Tech%20%2F%20big', () => ({ json: { id: 162, user_id: 564 } }));
    await broker.watchlists.create(tech, calm);
    await broker.watchlists.replace(tech, calm);
    await broker.watchlists.remove(tech.name, calm);
    const body = {
      name: 'Tech / big',
      'watchlist-entries': [{ symbol: 'AAPL', 'instrument-type': 'Equity' }],
      'order-index': 3,
    };
    expect(
      fake.seen
        .filter((one) => one.text !== '')
        .slice(1)
        .map((one) => JSON.parse(one.text)),
    ).toEqual([body, body]);
  });

  test.each([
    { status: 503, text: '' },
    { fault: 'reset-before-answer' },
    refusal(422, 'x'),
    refusal(429, 'x'),
  ] as const)('are written once, whatever comes: %j', async (answer) => {
    fake.on('PUT', '/watchlists/Tech%20%2F%20big', () => answer);
    await expect(broker.watchlists.replace(tech, calm)).rejects.toThrow(
      expect.objectContaining({ name: 'GatewayError' }),
    );
    expect(fake.seen.filter((one) => one.method === 'PUT')).toHaveLength(1);
  });
});

describe('search', () => {
  test.each([refusal(400, 'validation_error'), refusal(404, 'not_found'), refusal(422, 'x'), { status: 404 }])(
    'finds nothing for a fragment the broker cannot use: %j',
    async (answer) => {
      fake.on('GET', '/symbols/search/zz', () => answer);
      await expect(broker.reference.search('zz', calm)).resolves.toEqual([]);
    },
  );

  test.each([
    [refusal(403, 'not_permitted'), 'broker_not_permitted'],
    [{ status: 502, text: '<html>' }, 'broker_unavailable'],
    [{ status: 404, text: '<html>' }, 'broker_not_understood'],
    [refusal(405, 'method'), 'broker_refused'],
  ])('does not call a failure nothing: %j', async (answer, expected) => {
    fake.on('GET', '/symbols/search/zz', () => answer);
    await expect(broker.reference.search('zz', calm)).rejects.toThrow(code(expected));
  });
});

describe('reference data', () => {
  test('of many symbols is asked for in calls of fifty', async () => {
    fake.on('GET', '/market-metrics', ({ query }) =>
      lists(
        (query.get('symbols') ?? '')
          .split(',')
          .map((symbol) => ({ symbol, beta: 'NaN', 'implied-volatility-30-day': '26.53' })),
      ),
    );
    const symbols = [...Array.from({ length: 120 }, (_, at) => `S${at}`), 'BRK/B', 'S0'];
    const metrics = await broker.reference.metrics(symbols, calm);
    expect(metrics).toHaveLength(121);
    expect(metrics.at(-1)).toEqual({ symbol: 'BRK/B', impliedVolatility30Day: '0.2653', expirationVolatilities: [] });
    expect(fake.seenAt('GET', '/market-metrics')).toHaveLength(3);
  });

  test('of sessions covers the markets that were asked for', async () => {
    const session = (market: string) => ({
      'instrument-collection': market,
      state: 'Closed',
      'next-session': { 'session-date': '2026-11-24', 'open-at': '2026-11-24T14:30:00.000+00:00' },
    });
    fake.on('GET', '/market-time/sessions/current', () => lists([session('Equity'), session('CME')]));
    await expect(broker.reference.sessions(['CME', 'CFE'], calm)).resolves.toEqual([
      { market: 'CME', state: 'Closed', next: { date: '2026-11-24', openAt: Date.UTC(2026, 10, 24, 14, 30) } },
    ]);
    expect(fake.seenAt('GET', '/market-time/sessions/current')[0]?.query.getAll('instrument-collections[]')).toEqual([
      'CME',
      'CFE',
    ]);
    await expect(broker.reference.sessions([], calm)).resolves.toEqual([]);
  });

  test.each([
    ['Equity', '/market-time/equities/holidays'],
    ['CFE', '/market-time/futures/holidays/CFE'],
  ] as const)('of holidays on %s', async (market, path) => {
    fake.on('GET', path, () => data({ 'market-holidays': ['2026-11-26'], 'market-half-days': ['2026-11-27'] }));
    await expect(broker.reference.holidays(market, calm)).resolves.toEqual({
      holidays: ['2026-11-26'],
      halfDays: ['2026-11-27'],
    });
  });
});

describe('balances', () => {
  const balance = {
    'account-number': '5WT00000',
    currency: 'USD',
    'cash-balance': '-12.50',
    'pending-cash': '10',
    'pending-cash-effect': 'Debit',
    'intraday-equities-cash-amount': '3',
    'intraday-equities-cash-effect': 'Credit',
    'intraday-equities-cash-effective-date': '2026-11-23',
    'time-of-day': 'EOD',
  };
  const read = () => broker.accounts.balances(accountNumber('5WT00000'), calm);
  const told = {
    account: '5WT00000',
    currency: 'USD',
    amounts: { 'cash-balance': '-12.5', 'pending-cash': '-10', 'intraday-equities-cash-amount': '3' },
  };

  test('come alone or in a list', async () => {
    fake.on('GET', '/accounts/5WT00000/balances/USD', () => data(balance));
    await expect(read()).resolves.toEqual(told);
    fake.on('GET', '/accounts/5WT00000/balances/USD', () => lists([{ ...balance, currency: 'CAD' }, balance]));
    await expect(read()).resolves.toEqual(told);
  });

  test.each([
    [{ 'cash-balance': 'NaN' }],
    [{ 'cash-balance': '1,000.00' }],
    [{ 'pending-cash-effect': 'Sideways' }],
    [{ 'pending-cash-effect': 'None' }],
    [{ 'account-number': '5WT99999' }],
    [{ currency: 'EUR' }],
  ])('that cannot be right are not understood: %j', async (change) => {
    fake.on('GET', '/accounts/5WT00000/balances/USD', () => data({ ...balance, ...change }));
    await expect(read()).rejects.toThrow(code('broker_not_understood'));
  });
});

describe('positions', () => {
  const position = {
    'account-number': '5WT00000',
    symbol: 'SPY',
    'instrument-type': 'Equity',
    'underlying-symbol': 'SPY',
    quantity: '100',
    'quantity-direction': 'Short',
    multiplier: '1.0',
    'mark-price': '600',
    mark: '60000',
    'realized-today': '5',
    'realized-today-effect': 'Debit',
  };
  const read = () => broker.accounts.positions(accountNumber('5WT00000'), calm);

  test('are asked for with marks, and signed by their side', async () => {
    fake.on('GET', '/accounts/5WT00000/positions', () =>
      lists([position, { ...position, 'quantity-direction': 'Long' }]),
    );
    await expect(read()).resolves.toMatchObject([
      { quantity: '100', direction: 'Short', mark: '-60000', multiplier: '1', realizedToday: '-5' },
      { mark: '60000' },
    ]);
    expect(fake.seenAt('GET', '/accounts/5WT00000/positions')[0]?.query.get('include-marks')).toBe('true');
  });

  test.each([
    [{ 'mark-price': 'NaN' }],
    [{ quantity: -1 }],
    [{ 'quantity-direction': 'Sideways' }],
    [{ quantity: undefined }],
    [{ 'realized-today-effect': 'x' }],
  ])('that cannot be right are not understood: %j', async (change) => {
    fake.on('GET', '/accounts/5WT00000/positions', () => lists([{ ...position, ...change }]));
    await expect(read()).rejects.toThrow(code('broker_not_understood'));
  });
});
