import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ORDER_TYPES, TIMES_IN_FORCE, isBuy } from '../../../src/broker/model/order.ts';
import type { LegAction } from '../../../src/broker/model/order.ts';
import { repairOrderArgs } from '../../../src/tools/support/repair-order-args.ts';
import { DATE, call, desk, hold, sent, sentComplex, stock } from './order-desk.ts';

const OCC = 'SPY   261218C00600000';
const CALL = { symbol: OCC, type: 'Equity Option', action: 'Buy to Open', quantity: '1' };
const SHARE = { symbol: 'SPY', type: 'Equity', action: 'Buy to Open', quantity: '1' };

type Repaired = readonly [what: string, args: object, request: object, repairs: readonly (string | RegExp)[]];

const REPAIRED: readonly Repaired[] = [
  [
    'legs as JSON text',
    { legs: JSON.stringify([call(600, 'Buy to Open')]), price: -12.35 },
    { price: '-12.35', legs: [CALL] },
    ['legs was read from JSON text'],
  ],
  [
    'a single leg',
    { legs: call(600, 'Buy to Open'), price: -12.35 },
    { price: '-12.35', legs: [CALL] },
    ['legs was read as a list of one'],
  ],
  [
    'a single leg as JSON text',
    { legs: ` ${JSON.stringify(call(600, 'Buy to Open'), null, 2)}`, price: '-12.35' },
    { price: '-12.35', legs: [CALL] },
    ['legs was read from JSON text', 'legs was read as a list of one'],
  ],
  [
    'an action in another case',
    { legs: [call(600, 'BUY TO OPEN')], price: -12.35 },
    { legs: [CALL] },
    [`action "BUY TO OPEN" was read as 'Buy to Open'`],
  ],
  [
    'an action in another spacing',
    { legs: [call(600, ' buy_to-open ')], price: -12.35 },
    { legs: [CALL] },
    [`action "buy_to-open" was read as 'Buy to Open'`],
  ],
  [
    'an order type in another case',
    { legs: [call(600, 'Buy to Open')], order_type: 'LIMIT', price: -12.35 },
    { orderType: 'Limit' },
    [`order_type "LIMIT" was read as 'Limit'`],
  ],
  [
    'an order type in another spacing',
    { legs: [stock('Buy', 1)], order_type: 'stop_limit', stop_trigger: 601, price: -602 },
    { orderType: 'Stop Limit', stopTrigger: '601', price: '-602' },
    [`order_type "stop_limit" was read as 'Stop Limit'`, /by what is held/u],
  ],
  [
    'a time in force in another case and spacing',
    { legs: [stock('Buy to Open', 1)], time_in_force: 'gtc-ext', price: -600 },
    { timeInForce: 'GTC Ext', legs: [SHARE] },
    [`time_in_force "gtc-ext" was read as 'GTC Ext'`],
  ],
  [
    'a time in force in small letters',
    { legs: [stock('Buy to Open', 1)], time_in_force: ' day ', price: -600 },
    { timeInForce: 'Day' },
    [`time_in_force "day" was read as 'Day'`],
  ],
  [
    'an option side as a word',
    { legs: [{ ...call(600, 'Buy to Open'), option_type: 'Call' }], price: -12.35 },
    { legs: [CALL] },
    [`option_type "Call" was read as 'C'`],
  ],
  [
    'an option side in small letters',
    { legs: [{ ...call(600, 'Buy to Open'), option_type: 'c' }], price: -12.35 },
    { legs: [CALL] },
    [`option_type "c" was read as 'C'`],
  ],
  [
    'the streamer symbol of an option',
    { legs: [{ symbol: '.SPY261218C600', action: 'Buy to Open', quantity: 1 }], price: -12.35 },
    { legs: [CALL] },
    [`symbol ".SPY261218C600" was read as '${OCC}'`],
  ],
  [
    'an option bought that is not held',
    { legs: [call(600, 'buy')], price: -12.35 },
    { legs: [CALL] },
    [`action "buy" was read as 'Buy to Open', by what is held`],
  ],
  [
    'an option sold that is held',
    { legs: [call(605, 'sell', 2)], price: 9.15 },
    { legs: [{ symbol: 'SPY   261218C00605000', action: 'Sell to Close', quantity: '2' }] },
    [`action "sell" was read as 'Sell to Close', by what is held`],
  ],
  [
    'an option bought that is held short',
    { legs: [call(610, 'Buy', 3)], price: -6.65 },
    { legs: [{ symbol: 'SPY   261218C00610000', action: 'Buy to Close', quantity: '3' }] },
    [`action "Buy" was read as 'Buy to Close', by what is held`],
  ],
];

describe('a ticket whose meaning is certain', () => {
  it.each(REPAIRED)('%s is sent as it was meant, and says what was taken', async (_, args, request, repairs) => {
    const bench = desk({ undefinedRisk: true });
    hold(bench, 'SPY   261218C00605000', 2);
    hold(bench, 'SPY   261218C00610000', -3);
    const outcome = await bench.run('place_order', args);
    expect(outcome).toMatchObject({
      kind: 'answer',
      data: {
        outcome: 'accepted',
        repairs: repairs.map((text) => (typeof text === 'string' ? text : expect.stringMatching(text))),
      },
      text: expect.stringContaining('Read as meant'),
    });
    expect(sent(bench)).toMatchObject([request]);
  });

  it.each([
    ['the symbol as the broker writes it', { symbol: OCC, action: 'Buy to Open', quantity: 1 }],
    ['everything as the schema wants it', call(600, 'Buy to Open')],
  ])('%s needs no repair, and tells none', async (_, leg) => {
    const bench = desk();
    expect(await bench.ask('place_order', { legs: [leg], price: -12.35 })).not.toHaveProperty('repairs');
    expect(sent(bench)).toMatchObject([{ legs: [CALL] }]);
  });

  it('is read the same way within a complex order', async () => {
    const bench = desk();
    const orders = [
      { legs: JSON.stringify(stock('buy to open', 1)), price: -600, order_type: 'limit' },
      { legs: [stock('SELL_TO_CLOSE', 1)], order_type: 'stop', stop_trigger: 590, time_in_force: 'gtc' },
    ];
    const data = await bench.ask('place_complex_order', { type: 'OTO', orders: JSON.stringify(orders) });
    expect(sentComplex(bench)).toMatchObject([
      {
        type: 'OTO',
        trigger: { orderType: 'Limit', price: '-600', legs: [SHARE] },
        orders: [{ orderType: 'Stop', timeInForce: 'GTC', legs: [{ action: 'Sell to Close', quantity: '1' }] }],
      },
    ]);
    expect(data['repairs']).toEqual(
      expect.arrayContaining([
        'orders was read from JSON text',
        'legs was read from JSON text',
        'legs was read as a list of one',
        `order_type "limit" was read as 'Limit'`,
        `action "SELL_TO_CLOSE" was read as 'Sell to Close'`,
      ]),
    );
  });

  it('is read the same way by a preview', async () => {
    const bench = desk();
    expect(await bench.ask('preview_order', { legs: call(600, 'buy'), order_type: 'limit' })).toMatchObject({
      repairs: [
        'legs was read as a list of one',
        `order_type "limit" was read as 'Limit'`,
        `action "buy" was read as 'Buy to Open', by what is held`,
      ],
    });
  });
});

const spelling = (text: string): fc.Arbitrary<string> =>
  fc
    .record({
      flips: fc.array(fc.boolean(), { minLength: text.length, maxLength: text.length }),
      gap: fc.constantFrom(' ', '_', '-', '  '),
      edge: fc.constantFrom('', ' '),
    })
    .map(({ flips, gap, edge }) => {
      const flipped = [...text].map((letter, at) => (flips[at] === true ? letter.toUpperCase() : letter.toLowerCase()));
      return `${edge}${flipped.join('').replaceAll(' ', gap)}${edge}`;
    });

const OPENING: readonly LegAction[] = ['Buy to Open', 'Sell to Open'];
const askedLeg = (strike: number) =>
  fc.constantFrom(...OPENING).chain((action) =>
    fc.record({
      strike: fc.constant(strike),
      action: fc.constant(action),
      written: spelling(action),
      side: fc.constantFrom('C', 'c', 'call', 'CALL', ' Call '),
      lots: fc.integer({ min: 1, max: 100 }),
      asText: fc.boolean(),
    }),
  );
const askedOrder = fc.record({
  legs: fc.tuple(askedLeg(600), askedLeg(605), askedLeg(610)),
  count: fc.integer({ min: 1, max: 3 }),
  timeInForce: fc.constantFrom('Day', 'GTC').chain(spelling),
  form: fc.constantFrom('list', 'text', 'single'),
});

describe('whatever is repaired', () => {
  it('side, strike and quantity of every leg are what was asked', async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(askedOrder, async ({ legs, count, timeInForce, form }) => {
        const asked = legs.slice(0, form === 'single' ? 1 : count);
        const list = asked.map(({ strike, written, side, lots, asText }) => ({
          symbol: 'SPY',
          option_type: side,
          strike_price: strike,
          expiration_date: DATE,
          action: written,
          quantity: asText ? String(lots) : lots,
        }));
        const written = { list, text: JSON.stringify(list), single: list[0] }[form];
        const bench = desk({ undefinedRisk: true });
        const outcome = await bench.run('place_order', { legs: written, time_in_force: timeInForce });
        // A spread that nets to nothing has no price of its own.
        if (outcome.kind === 'error') expect(outcome.error.code).toBe('quote_unavailable');
        if (outcome.kind !== 'answer') return;
        answered += 1;
        expect(sent(bench)).toHaveLength(1);
        expect(sent(bench)[0]?.legs.map(({ symbol, action, quantity }) => [symbol, isBuy(action), quantity])).toEqual(
          asked.map(({ strike, action, lots }) => [`SPY   261218C00${strike}000`, isBuy(action), String(lots)]),
        );
      }),
      { numRuns: 150 },
    );
    expect(answered).toBeGreaterThan(120);
  });

  it('anything else in the arguments is left exactly as it was', () => {
    const words = new Set<unknown>([...ORDER_TYPES, ...TIMES_IN_FORCE, 'C', 'P']);
    const leg = fc.record({
      action: fc.anything(),
      quantity: fc.anything(),
      symbol: fc.string(),
      option_type: fc.anything(),
    });
    const args = fc.record({
      legs: fc.array(leg),
      price: fc.anything(),
      order_type: fc.anything(),
      time_in_force: fc.string(),
    });
    fc.assert(
      fc.property(args, (given) => {
        const { args: read } = repairOrderArgs(given);
        expect(read['price']).toBe(given.price);
        for (const field of ['order_type', 'time_in_force'] as const) {
          expect(Object.is(read[field], given[field]) || words.has(read[field])).toBe(true);
        }
        const legs = read['legs'] as typeof given.legs;
        expect(legs).toHaveLength(given.legs.length);
        legs.forEach((each, at) => {
          expect(each.action).toBe(given.legs[at]?.action);
          expect(each.quantity).toBe(given.legs[at]?.quantity);
          expect(each.symbol).toBe(given.legs[at]?.symbol);
          expect(Object.is(each.option_type, given.legs[at]?.option_type) || words.has(each.option_type)).toBe(true);
        });
      }),
    );
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('legs', 'orders', 'order_type', 'price'), fc.anything()), (args) => {
        expect(() => repairOrderArgs(args)).not.toThrow();
      }),
    );
  });
});
