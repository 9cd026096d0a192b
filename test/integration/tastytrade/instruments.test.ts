import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import type { InstrumentSpec } from '../../../src/broker/model/instrument.ts';
import { isoDate } from '../../../src/broker/model/symbol.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import { decimal } from '../../../src/core/decimal.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { data, lists, refusal, startFakeBroker } from '../../support/fake-broker-server.ts';
import type { FakeBroker } from '../../support/fake-broker-server.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { calm, testUpstream } from '../../support/upstream.ts';

const occ = (root: string, day: string, side: string, strike: number): string =>
  `${root.padEnd(6)}${day}${side}${String(strike * 1000).padStart(8, '0')}`;

const strikesOf = (root: string, day: string, strikes: readonly number[]) =>
  strikes.map((strike) => ({
    'strike-price': strike.toFixed(1),
    call: occ(root, day, 'C', strike),
    'call-streamer-symbol': `.${root}${day}C${strike}`,
    put: occ(root, day, 'P', strike),
    'put-streamer-symbol': `.${root}${day}P${strike}`,
  }));

type Dated = readonly [date: string, settlement: string, strikes: readonly number[]];

const root = (underlying: string, name: string, dates: readonly Dated[], more: object = {}) => ({
  'underlying-symbol': underlying,
  'root-symbol': name,
  'option-chain-type': 'Standard',
  'shares-per-contract': 100,
  'tick-sizes': [{ value: '0.05' }, { value: '0.01', threshold: '3.0' }],
  expirations: dates.map(([date, settlement, strikes]) => ({
    'expiration-type': 'Regular',
    'expiration-date': date,
    'settlement-type': settlement,
    strikes: strikesOf(name, date.slice(2).replaceAll('-', ''), strikes),
  })),
  ...more,
});

const equity = (symbol: string, more: object = {}) => ({
  symbol,
  'instrument-type': 'Equity',
  description: `${symbol} Inc.`,
  'streamer-symbol': symbol,
  'is-index': false,
  'is-closing-only': false,
  active: true,
  'tick-sizes': [{ value: '0.0001', threshold: '1.0' }, { value: '0.01' }],
  ...more,
});

const future = (symbol: string, expiration: string, more: object = {}) => ({
  symbol,
  'product-code': 'ES',
  'streamer-symbol': `${symbol.slice(0, -1)}2${symbol.slice(-1)}:XCME`,
  'notional-multiplier': '50.0',
  'tick-size': '0.25',
  'tick-sizes': [{ value: '0.25' }],
  'spread-tick-sizes': [{ value: '0.05', symbol: '/ESH7' }],
  'expiration-date': expiration,
  'is-closing-only': false,
  'active-month': false,
  active: true,
  'future-product': { description: 'E Mini S&P' },
  ...more,
});

const futureExpiration = (underlying: string, contract: string, [date, settlement, strikes]: Dated) => {
  const day = date.slice(2).replaceAll('-', '');
  return {
    'underlying-symbol': underlying,
    'root-symbol': '/ES',
    'option-root-symbol': contract.slice(0, -2),
    'option-contract-symbol': contract,
    'expiration-type': 'Regular',
    'expiration-date': date,
    'settlement-type': settlement,
    'notional-value': '0.5',
    'display-factor': '0.01',
    'tick-sizes': [{ threshold: '5.0', value: '0.05' }, { value: '0.25' }],
    strikes: strikes.map((strike) => ({
      'strike-price': String(strike),
      call: `.${underlying} ${contract.padEnd(5)} ${day}C${strike}`,
      put: `.${underlying} ${contract.padEnd(5)} ${day}P${strike}`,
    })),
  };
};

let fake: FakeBroker;
let broker: Broker;

beforeEach(async () => {
  fake = await startFakeBroker();
  broker = createTastytradeBroker(testUpstream(fake.url));
  const known = [
    equity('SPY'),
    equity('BRK/B'),
    equity('SPX', { 'is-index': true }),
    equity('VIX', { 'instrument-type': 'Index' }),
    equity('GONE', { active: false }),
  ];
  fake.on('GET', '/instruments/equities', ({ query }) =>
    lists(known.filter((one) => query.getAll('symbol[]').includes(one.symbol))),
  );
  const futures = [future('/ESH7', '2027-03-19'), future('/ESZ6', '2026-12-18', { 'active-month': true })];
  fake.on('GET', '/instruments/futures', ({ query }) => {
    const symbols = query.getAll('symbol[]');
    return lists(
      futures.filter((one) => symbols.includes(one.symbol) || query.getAll('product-code[]').includes('ES')),
    );
  });
  fake.on('GET', '/instruments/cryptocurrencies', () =>
    lists([{ symbol: 'BTC/USD', 'streamer-symbol': 'BTC/USD:CXTALP', 'tick-size': '0.01', active: true }]),
  );
  fake.on('GET', '/option-chains/SPY/nested', () =>
    lists([
      root('SPY', 'SPY', [
        ['2026-12-18', 'PM', [610, 590, 600, 600.5]],
        ['2026-11-27', 'PM', [600]],
      ]),
      root('SPY', 'SPY1', [['2026-12-18', 'PM', [600]]], { 'shares-per-contract': 97 }),
    ]),
  );
  fake.on('GET', '/option-chains/SPX/nested', () =>
    lists([
      root('SPX', 'SPX', [['2026-12-18', 'AM', [6000, 6100]]]),
      root('SPX', 'SPXW', [
        ['2026-12-18', 'PM', [6000, 6005]],
        ['2026-11-24', 'PM', [6000]],
      ]),
    ]),
  );
  fake.on('GET', '/futures-option-chains/ES/nested', () =>
    data({
      futures: [],
      'option-chains': [
        {
          'underlying-symbol': '/ES',
          expirations: [
            futureExpiration('/ESZ6', 'ESZ6', ['2026-12-18', 'AM', [6300, 100]]),
            futureExpiration('/ESH7', 'EW3Z6', ['2026-12-18', 'PM', [6300]]),
            futureExpiration('/ESZ6', 'E1AN6', ['2026-11-30', 'PM', [6260]]),
          ],
        },
      ],
    }),
  );
});

afterEach(async () => {
  await broker.close();
  await fake.close();
});

const resolveOne = async (spec: InstrumentSpec | string) => {
  const [resolution] = await broker.instruments.resolve([typeof spec === 'string' ? { symbol: spec } : spec], calm);
  return resolution;
};
const option = (symbol: string, strike: string, expiration: string, optionSide: 'C' | 'P' = 'C'): InstrumentSpec => ({
  symbol,
  strike: decimal(strike),
  expiration: isoDate(expiration),
  optionSide,
});

describe('plain symbols', () => {
  test('are resolved together, in order, with one call for each kind', async () => {
    const specs = ['SPY', 'spx ', 'BRK.B', 'NOPE', 'VIX', '/ESZ6', '/ESZ26:XCME', '/ES', 'BTC/USD', 'GONE', '!!'].map(
      (symbol) => ({ symbol }),
    );
    const resolutions = await broker.instruments.resolve(specs, calm);
    expect(resolutions).toMatchObject([
      {
        kind: 'found',
        instrument: {
          symbol: 'SPY',
          type: 'Equity',
          multiplier: '1',
          ticks: [{ below: '1', step: '0.0001' }, { step: '0.01' }],
        },
      },
      { kind: 'found', instrument: { symbol: 'SPX', type: 'Index' } },
      { kind: 'found', instrument: { symbol: 'BRK/B', underlying: 'BRK/B', streamerSymbol: 'BRK/B' } },
      { kind: 'missing', error: { code: 'not_found' } },
      { kind: 'found', instrument: { symbol: 'VIX', type: 'Index' } },
      {
        kind: 'found',
        instrument: {
          symbol: '/ESZ6',
          type: 'Future',
          multiplier: '50',
          streamerSymbol: '/ESZ26:XCME',
          ticks: [{ step: '0.25' }],
        },
      },
      { kind: 'found', instrument: { symbol: '/ESZ6' } },
      { kind: 'found', instrument: { symbol: '/ESZ6', description: 'E Mini S&P' } },
      { kind: 'found', instrument: { symbol: 'BTC/USD', type: 'Cryptocurrency', ticks: [{ step: '0.01' }] } },
      { kind: 'missing', error: { code: 'not_found' } },
      { kind: 'missing', error: { code: 'invalid_input' } },
    ]);
    expect(resolutions.map((one) => one.spec)).toEqual(specs);
    expect(fake.seenAt('GET', '/instruments/equities')).toHaveLength(1);
    expect(fake.seenAt('GET', '/instruments/futures')).toHaveLength(2);
  });

  test('are kept for five minutes', async () => {
    const clock = createManualClock();
    const timed = createTastytradeBroker(testUpstream(fake.url, { clock }));
    await timed.instruments.resolve([{ symbol: 'SPY' }], calm);
    await clock.advance(299_000);
    await timed.instruments.resolve([{ symbol: 'SPY' }], calm);
    expect(fake.seenAt('GET', '/instruments/equities')).toHaveLength(1);
    await clock.advance(1_000);
    await timed.instruments.resolve([{ symbol: 'SPY' }], calm);
    expect(fake.seenAt('GET', '/instruments/equities')).toHaveLength(2);
    await timed.close();
  });

  test('are not thought missing because the broker could not be asked', async () => {
    fake.on('GET', '/instruments/equities', () => ({ status: 502, text: '<html>' }));
    await expect(resolveOne('SPY')).rejects.toThrow(expect.objectContaining({ code: 'broker_unavailable' }));
  });
});

describe('options', () => {
  const call600 = {
    kind: 'found',
    instrument: {
      symbol: 'SPY   261218C00600000',
      type: 'Equity Option',
      streamerSymbol: '.SPY261218C600',
      underlying: 'SPY',
      multiplier: '100',
      ticks: [{ below: '3', step: '0.01' }, { step: '0.05' }],
      option: { underlying: 'SPY', root: 'SPY', side: 'C', strike: '600', expiration: '2026-12-18' },
    },
  };

  test.each([
    [option('SPY', '600', '2026-12-18')],
    [option('spy', '600.00', '2026-12-18')],
    ['SPY   261218C00600000'],
    ['SPY261218C00600000'],
    ['.SPY261218C600'],
  ])('are found by terms and by symbol: %j', async (spec) => {
    await expect(resolveOne(spec)).resolves.toMatchObject(call600);
  });

  test('keep a strike with decimals', async () => {
    await expect(resolveOne('.SPY261218P600.5')).resolves.toMatchObject({
      kind: 'found',
      instrument: { symbol: 'SPY   261218P00600500' },
    });
  });

  test('that do not exist are answered with the nearest strikes, in order', async () => {
    await expect(resolveOne(option('SPY', '605', '2026-12-18'))).resolves.toMatchObject({
      kind: 'missing',
      error: { code: 'not_found', details: { nearestStrikes: ['590', '600', '600.5', '610'] } },
    });
  });

  test('of a day without any are answered with the nearest days', async () => {
    await expect(resolveOne(option('SPY', '600', '2026-12-19'))).resolves.toMatchObject({
      kind: 'missing',
      error: { code: 'not_found', details: { nearestExpirations: ['2026-11-27', '2026-12-18'] } },
    });
  });

  test('say at most ten', async () => {
    const strikes = Array.from({ length: 200 }, (_, at) => 400 + at);
    fake.on('GET', '/option-chains/QQQ/nested', () => lists([root('QQQ', 'QQQ', [['2026-12-18', 'PM', strikes]])]));
    const resolution = await resolveOne(option('QQQ', '500.5', '2026-12-18'));
    expect(resolution).toMatchObject({
      error: { details: { nearestStrikes: [496, 497, 498, 499, 500, 501, 502, 503, 504, 505].map(String) } },
    });
  });

  test('of two roots on one day are a choice, with the symbols to choose by', async () => {
    await expect(resolveOne(option('SPX', '6000', '2026-12-18'))).resolves.toMatchObject({
      kind: 'missing',
      error: {
        code: 'choice_needed',
        details: {
          choices: [
            { symbol: 'SPX   261218C06000000', root: 'SPX', settlement: 'AM' },
            { symbol: 'SPXW  261218C06000000', root: 'SPXW', settlement: 'PM' },
          ],
        },
      },
    });
    await expect(resolveOne('SPX   261218C06000000')).resolves.toMatchObject({
      kind: 'found',
      instrument: { option: { root: 'SPX' } },
    });
    await expect(resolveOne('SPXW  261218C06000000')).resolves.toMatchObject({
      kind: 'found',
      instrument: { option: { root: 'SPXW' }, underlying: 'SPX' },
    });
  });

  test('of two roots are no choice when only one has the strike, or is named', async () => {
    await expect(resolveOne(option('SPX', '6100', '2026-12-18'))).resolves.toMatchObject({
      kind: 'found',
      instrument: { option: { root: 'SPX' } },
    });
    await expect(resolveOne(option('SPX', '6000', '2026-11-24'))).resolves.toMatchObject({
      kind: 'found',
      instrument: { option: { root: 'SPXW' } },
    });
    await expect(resolveOne(option('SPXW', '6000', '2026-12-18'))).resolves.toMatchObject({
      kind: 'found',
      instrument: { option: { root: 'SPXW' } },
    });
  });

  test('of an adjusted root are meant only when it is named', async () => {
    fake.on('GET', '/instruments/equity-options/SPY1%20%20261218C00600000', () =>
      data({ symbol: 'SPY1  261218C00600000', 'underlying-symbol': 'SPY', 'root-symbol': 'SPY1' }),
    );
    await expect(resolveOne('SPY1  261218C00600000')).resolves.toMatchObject({
      kind: 'found',
      instrument: { multiplier: '97', underlying: 'SPY' },
    });
  });

  test('need all their terms, and an underlying that has any', async () => {
    await expect(resolveOne({ symbol: 'SPY', strike: decimal('600') })).resolves.toMatchObject({
      error: { code: 'invalid_input' },
    });
    await expect(resolveOne(option('SPY   261218C00600000', '600', '2026-12-18'))).resolves.toMatchObject({
      error: { code: 'invalid_input' },
    });
    await expect(resolveOne(option('NOPE', '600', '2026-12-18'))).resolves.toMatchObject({
      error: { code: 'not_found' },
    });
    await expect(resolveOne(option('BTC/USD', '600', '2026-12-18'))).resolves.toMatchObject({
      error: { code: 'not_found' },
    });
  });

  test('on futures are found by future, by product and by symbol', async () => {
    const found = {
      kind: 'found',
      instrument: {
        symbol: './ESZ6 ESZ6  261218C6300',
        type: 'Future Option',
        underlying: '/ESZ6',
        multiplier: '50',
        option: { root: 'ES', strike: '6300' },
      },
    };
    await expect(resolveOne(option('/ESZ6', '6300', '2026-12-18'))).resolves.toMatchObject(found);
    await expect(resolveOne('./ESZ6 ESZ6  261218C6300')).resolves.toMatchObject(found);
    await expect(resolveOne('./ESZ6 ESZ6 261218C6300')).resolves.toMatchObject(found);
    await expect(resolveOne(option('/ES', '100', '2026-12-18'))).resolves.toMatchObject({
      kind: 'found',
      instrument: { underlying: '/ESZ6' },
    });
    await expect(resolveOne(option('/ES', '6300', '2026-12-18'))).resolves.toMatchObject({
      error: { code: 'choice_needed' },
    });
  });
});

describe('chains', () => {
  test('are loaded once for any number of callers, and none of them can end it for the others', async () => {
    const leaving = new AbortController();
    const left = expect(broker.instruments.chain('SPY', { signal: leaving.signal })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    const stayed = Array.from({ length: 20 }, () => broker.instruments.chain('SPY', calm));
    leaving.abort();
    await left;
    const chains = await Promise.all(stayed);
    expect(fake.seenAt('GET', '/option-chains/SPY/nested')).toHaveLength(1);
    expect(chains[0]?.expirations.map((one) => [one.date, one.root])).toEqual([
      ['2026-11-27', 'SPY'],
      ['2026-12-18', 'SPY'],
      ['2026-12-18', 'SPY1'],
    ]);
    expect(chains[0]?.expirations[1]?.strikes.map((row) => row.strike)).toEqual(['590', '600', '600.5', '610']);
  });

  test('of a load that failed for another tenant are loaded again', async () => {
    let fail = (): void => {};
    const gate = new Promise<void>((resolve) => {
      fail = resolve;
    });
    const upstream = testUpstream(fake.url);
    const other = createTastytradeBroker({
      ...upstream,
      loadGrant: async () => {
        await gate;
        throw new GatewayError('reconnect_needed', 'No login is connected.');
      },
    });
    const ours = createTastytradeBroker(upstream);
    const failing = expect(other.instruments.chain('SPY', calm)).rejects.toThrow(
      expect.objectContaining({ code: 'reconnect_needed' }),
    );
    const waiting = ours.instruments.chain('SPY', calm);
    fail();
    await failing;
    await expect(waiting).resolves.toMatchObject({ underlying: 'SPY' });
    await Promise.all([other.close(), ours.close()]);
  });

  test('of a future hold its own options only, those of its product all', async () => {
    const ofFuture = await broker.instruments.chain('/ESH7', calm);
    expect(ofFuture).toMatchObject({
      underlying: '/ESH7',
      optionType: 'Future Option',
      expirations: [{ underlying: '/ESH7', root: 'EW3' }],
    });
    expect((await broker.instruments.chain('/ES', calm)).expirations).toHaveLength(3);
    await expect(broker.instruments.chain('/ESM7', calm)).rejects.toThrow(
      expect.objectContaining({ code: 'not_found' }),
    );
  });

  test('of a root hold that root only', async () => {
    const chain = await broker.instruments.chain('SPXW', calm);
    expect(chain.underlying).toBe('SPX');
    expect(new Set(chain.expirations.map((one) => one.root))).toEqual(new Set(['SPXW']));
  });

  test('are plain JSON', async () => {
    const chain = await broker.instruments.chain('SPY', calm);
    expect(JSON.parse(JSON.stringify(chain))).toEqual(chain);
  });

  test('of nothing are not found, and of a broker in trouble are not', async () => {
    fake.on('GET', '/option-chains/ABC/nested', () => lists([]));
    await expect(broker.instruments.chain('ABC', calm)).rejects.toThrow(expect.objectContaining({ code: 'not_found' }));
    fake.on('GET', '/option-chains/ABC/nested', () => refusal(403, 'not_permitted'));
    await expect(broker.instruments.chain('ABC', calm)).rejects.toThrow(
      expect.objectContaining({ code: 'broker_not_permitted' }),
    );
  });
});
