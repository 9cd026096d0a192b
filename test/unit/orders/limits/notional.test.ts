import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absolute, compare, decimal } from '../../../../src/core/decimal.ts';
import type { LegAction } from '../../../../src/broker/model/order.ts';
import { notionalOf, toReserve } from '../../../../src/orders/limits/notional.ts';
import type { OrderFacts } from '../../../../src/orders/limits/order-facts.ts';
import {
  BTC,
  ES,
  SPY,
  UNREAD,
  call,
  factsOf,
  known,
  partOf,
  position,
  put,
  ticketOf,
  verdictOf,
} from './order-bench.ts';
import type { LegAsked } from './order-bench.ts';

type Terms = Parameters<typeof partOf>[1];
const worth = (legs: readonly LegAsked[], terms: Terms = {}, changes: Partial<OrderFacts> = {}): unknown => {
  const notional = notionalOf(factsOf(partOf(ticketOf(legs), terms), changes));
  return notional.kind === 'known' ? notional.value : notional.kind;
};

describe('the notional', () => {
  const sides = [['9.9', '10']] as const;
  it.each<[string, string, unknown]>([
    ['of a purchase at the ask', '1000', worth([['Buy to Open', 100, SPY]], { sides })],
    ['of a short sale at the ask as well', '1000', worth([['Sell to Open', 100, SPY]], { sides })],
    ['of an absurdly low bid', '1000', worth([['Buy to Open', 100, SPY]], { sides, price: '-0.01' })],
    ['of an absurdly high bid', '9900', worth([['Buy to Open', 100, SPY]], { sides, price: '-99' })],
    ['of an absurdly high offer', '9900', worth([['Sell to Open', 100, SPY]], { sides, price: '99' })],
    ['of an option by its multiplier', '2000', worth([['Buy to Open', 2, call(600)]], { sides })],
    ['of a future by its multiplier', '500', worth([['Buy', 1, ES]], { sides })],
    ['of a fraction of a coin', '2.5', worth([['Buy to Open', '0.25', BTC]], { sides })],
  ])('%s is %s', (_name, expected, value) => {
    expect(value).toBe(expected);
  });

  const condor: readonly LegAsked[] = [
    ['Buy to Open', 2, put(580)],
    ['Sell to Open', 2, put(590)],
    ['Sell to Open', 2, call(610)],
    ['Buy to Open', 2, call(620)],
  ];
  const condorSides = [
    ['1', '1.1'],
    ['2', '2.1'],
    ['2.5', '2.6'],
    ['1.5', '1.6'],
  ] as const;
  it('of a credit spread is gross: what is sold does not pay for what is bought', () => {
    expect(worth(condor, { sides: condorSides, price: '2' })).toBe('1480');
  });

  it('of a spread is at least its own net price', () => {
    expect(worth(condor, { sides: condorSides, price: '9' })).toBe('1800');
    expect(worth(condor, { sides: condorSides, price: '-9' })).toBe('1800');
  });

  it('of a roll leaves out what it closes, but not its net price', () => {
    const roll: readonly LegAsked[] = [
      ['Buy to Close', 1, call(600)],
      ['Sell to Open', 1, call(610)],
    ];
    const held = { positions: known([position(-1, call(600))]) };
    expect(
      worth(
        roll,
        {
          sides: [
            ['5', '5.1'],
            ['3', '3.1'],
          ],
        },
        held,
      ),
    ).toBe('310');
    expect(
      worth(
        roll,
        {
          sides: [
            ['5', '5.1'],
            ['3', '3.1'],
          ],
          price: '-9',
        },
        held,
      ),
    ).toBe('900');
  });

  it('of a stop is at its trigger, where that is the worse', () => {
    const stop = (stopTrigger: string) =>
      notionalOf(
        factsOf(
          partOf(ticketOf([['Buy to Open', 1, SPY]], { orderType: 'Stop', stopTrigger: decimal(stopTrigger) }), {
            sides,
          }),
        ),
      );
    expect(stop('12')).toEqual(known('12'));
    expect(stop('8')).toEqual(known('10'));
  });

  it('of an amount is the amount, whatever the market', () => {
    const ticket = ticketOf([['Buy to Open', undefined, SPY]], { orderType: 'Notional Market', value: decimal(500) });
    expect(notionalOf(factsOf({ ticket, market: UNREAD }))).toEqual(known('500'));
  });

  it('of a future that crosses is of what goes beyond', () => {
    const held = { positions: known([position(2, ES)]) };
    expect(worth([['Sell', 3, ES]], { sides }, held)).toBe('500');
  });

  it('of prices below zero is what they are away from it', () => {
    expect(worth([['Buy', 1, ES]], { sides: [['-40', '-30']] })).toBe('2000');
  });

  it.each<[string, OrderFacts]>([
    ['an unreadable market', factsOf({ ticket: ticketOf([['Buy to Open', 1, SPY]]), market: UNREAD })],
    ['a stale one', factsOf(partOf(ticketOf([['Buy to Open', 1, SPY]]), { ageMs: 15_001 }))],
    [
      'the market of other legs',
      factsOf({ ...partOf(ticketOf([['Buy to Open', 1, SPY]])), ticket: ticketOf([['Sell to Open', 1, SPY]]) }),
    ],
    [
      'too few quotes',
      factsOf({
        ...partOf(ticketOf([['Buy to Open', 1, call(600)]])),
        ticket: ticketOf([
          ['Buy to Open', 1, call(600)],
          ['Buy to Open', 1, call(610)],
        ]),
      }),
    ],
    ['neither quantity nor value', factsOf(partOf(ticketOf([['Buy to Open', undefined, SPY]])))],
    ['no legs', factsOf(partOf(ticketOf([])))],
    ['no parts', factsOf([])],
  ])('with %s cannot be read, which refuses', (_name, facts) => {
    expect(notionalOf(facts).kind).toBe('unreadable');
    expect(verdictOf('notional', {}, facts)).toBe('unreadable');
  });

  it('is never below what the opening legs cost at the market, whatever the price', () => {
    const legs = fc.array(
      fc.record({
        action: fc.constantFrom<LegAction>('Buy to Open', 'Sell to Open'),
        quantity: fc.integer({ min: 1, max: 9 }),
        ask: fc.integer({ min: 1, max: 5000 }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    const price = fc.option(fc.integer({ min: -9999, max: 9999 }), { nil: undefined });
    fc.assert(
      fc.property(legs, price, (all, given) => {
        const asked = all.map(({ action, quantity }, at): LegAsked => [action, quantity, call(600 + at)]);
        const quotes = all.map(({ ask }) => [1, ask] as const);
        const value = worth(asked, { sides: quotes, ...(given === undefined ? {} : { price: given }) });
        const gross = all.reduce((total, { quantity, ask }) => total + quantity * ask * 100, 0);
        expect(compare(decimal(String(value)), decimal(gross))).toBeGreaterThanOrEqual(0);
        if (given === undefined) expect(value).toBe(String(gross));
      }),
    );
  });
});

describe('the notional of a complex order', () => {
  const buy = (quantity: number) => partOf(ticketOf([['Buy to Open', quantity, SPY]]));
  const exit = (quantity: number) => partOf(ticketOf([['Sell to Close', quantity, SPY]]));
  const of = (parts: Parameters<typeof factsOf>[0], changes: Partial<OrderFacts>) =>
    notionalOf(factsOf(parts, changes));
  it.each<[string, string, unknown]>([
    ['OCO: the larger', '30', of([buy(10), buy(30)], { complexType: 'OCO' })],
    ['OTO: all of them', '60', of([buy(10), buy(20), buy(30)], { complexType: 'OTO' })],
    ['OTOCO: the trigger and the larger', '40', of([buy(10), buy(20), buy(30)], { complexType: 'OTOCO' })],
    ['OTOCO that enters and leaves', '10', of([buy(10), exit(10), exit(10)], { complexType: 'OTOCO' })],
    ['of no known type: all of them', '60', of([buy(10), buy(20), buy(30)], {})],
  ])('%s is %s', (_name, value, notional) => {
    expect(notional).toEqual(known(value));
  });

  it('cannot be read when one that opens cannot', () => {
    const dark = { ticket: ticketOf([['Buy to Open', 1, SPY]]), market: UNREAD };
    expect(of([buy(1), dark], { complexType: 'OCO' })).toMatchObject({ kind: 'unreadable' });
    const darkExit = { ticket: ticketOf([['Sell to Close', 1, SPY]]), market: UNREAD };
    expect(of([buy(1), darkExit], { complexType: 'OTO' })).toEqual(known('1'));
  });
});

describe('what is reserved', () => {
  it('for a replacement is what it takes more, and never less than nothing', () => {
    expect(toReserve(decimal(100), {})).toBe('100');
    expect(toReserve(decimal(100), { alreadyReserved: decimal(70) })).toBe('30');
    expect(toReserve(decimal(100), { alreadyReserved: decimal(170) })).toBe('0');
    expect(absolute(toReserve(decimal(0), {}))).toBe('0');
  });
});
