import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../../src/core/clock.ts';
import { decimal } from '../../../../src/core/decimal.ts';
import type { PlacedOrder } from '../../../../src/broker/model/order.ts';
import { INSTRUMENT_TYPES } from '../../../../src/broker/model/symbol.ts';
import { checkLimits, checkUsage, requirePassed } from '../../../../src/orders/limits/check-limits.ts';
import { isClosing, needsWorking } from '../../../../src/orders/limits/closing.ts';
import { notionalOf } from '../../../../src/orders/limits/notional.ts';
import type { OrderFacts } from '../../../../src/orders/limits/order-facts.ts';
import type { Plan } from '../../../../src/tenancy/plan/plan.ts';
import {
  ACCOUNT,
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
  workingOrder,
} from './order-bench.ts';
import type { LegAsked } from './order-bench.ts';

const asks = (legs: readonly LegAsked[], changes: Partial<OrderFacts> = {}): OrderFacts =>
  factsOf(partOf(ticketOf(legs)), changes);
const held = (...positions: Parameters<typeof position>[]): Partial<OrderFacts> => ({
  positions: known(positions.map((each) => position(...each))),
});

describe('an order only closes', () => {
  it.each<[string, boolean, OrderFacts]>([
    ['all that is held', true, asks([['Sell to Close', 100, SPY]], held([100, SPY]))],
    ['less than is held', true, asks([['Sell to Close', 1, SPY]], held([100, SPY]))],
    ['more than is held', false, asks([['Sell to Close', 101, SPY]], held([100, SPY]))],
    ['what is not held', false, asks([['Sell to Close', 1, SPY]])],
    ['what is held on the other side', false, asks([['Buy to Close', 1, call(600)]], held([1, call(600)]))],
    ['a short', true, asks([['Buy to Close', 2, call(600)]], held([-2, call(600)]))],
    [
      'what a broker without positions is told to close',
      true,
      asks([['Sell to Close', 9, SPY]], { positions: UNREAD }),
    ],
    [
      'a spread',
      true,
      asks(
        [
          ['Buy to Close', 1, call(600)],
          ['Sell to Close', 1, call(610)],
        ],
        held([-1, call(600)], [1, call(610)]),
      ),
    ],
    [
      'a spread of which one leg is missing',
      false,
      asks(
        [
          ['Buy to Close', 1, call(600)],
          ['Sell to Close', 1, call(610)],
        ],
        held([-1, call(600)]),
      ),
    ],
    [
      'a roll',
      false,
      asks(
        [
          ['Buy to Close', 1, call(600)],
          ['Sell to Open', 1, call(610)],
        ],
        held([-1, call(600)]),
      ),
    ],
    ['an opening', false, asks([['Buy to Open', 1, SPY]], held([-100, SPY]))],
    ['two rows of one position', true, asks([['Sell to Close', 30, SPY]], held([10, SPY], [20, SPY]))],
    ['a position of nothing', false, asks([['Sell to Close', 1, SPY]], held([1, SPY, { direction: 'Zero' }]))],
    [
      'a symbol with other blanks',
      true,
      asks([['Sell to Close', 1, call(600)]], held([1, call(600), { symbol: 'SPY 261218C00600000' as never }])),
    ],
    ['coins by a fraction', true, asks([['Sell to Close', '0.25', BTC]], held([1, BTC]))],
    ['no legs', false, asks([])],
    ['no parts', false, factsOf([])],
  ])('%s: %s', (_name, closes, facts) => {
    expect(isClosing(facts)).toBe(closes);
  });

  it.each<[string, boolean, OrderFacts]>([
    ['reduces', true, asks([['Sell', 2, ES]], held([2, ES]))],
    ['crosses', false, asks([['Sell', 3, ES]], held([2, ES]))],
    ['adds', false, asks([['Buy', 1, ES]], held([2, ES]))],
    ['buys back', true, asks([['Buy', 2, ES]], held([-2, ES]))],
    ['has no positions to be seen', false, asks([['Sell', 1, ES]], { positions: UNREAD })],
    ['has no working orders to be seen', false, asks([['Sell', 1, ES]], { ...held([2, ES]), working: UNREAD })],
    [
      'comes after a working sale of all',
      false,
      asks([['Sell', 1, ES]], { ...held([2, ES]), working: known([workingOrder([['Sell', 2, ES]])]) }),
    ],
    [
      'comes after a working purchase',
      true,
      asks([['Sell', 2, ES]], { ...held([2, ES]), working: known([workingOrder([['Buy', 2, ES]])]) }),
    ],
    [
      'comes after a cancelled sale',
      true,
      asks([['Sell', 2, ES]], {
        ...held([2, ES]),
        working: known([workingOrder([['Sell', 2, ES]], { status: 'Cancelled' })]),
      }),
    ],
    [
      'comes after a sale of who knows how many',
      false,
      asks([['Sell', 1, ES]], { ...held([2, ES]), working: known([workingOrder([['Sell', undefined, ES]])]) }),
    ],
    ['is not a future', false, asks([['Sell', 1, SPY]], held([100, SPY]))],
  ])('a plain trade that %s: %s', (_name, closes, facts) => {
    expect(isClosing(facts)).toBe(closes);
  });

  it.each<[string, boolean, number | undefined]>([
    ['something held', true, 10],
    ['nothing held', false, 0],
    ['positions that cannot be read', true, undefined],
  ])('an amount of dollars, with %s: %s', (_name, closes, shares) => {
    const ticket = ticketOf([['Sell to Close', undefined, SPY]], { orderType: 'Notional Market', value: decimal(500) });
    const positions = shares === undefined ? UNREAD : known(shares === 0 ? [] : [position(shares, SPY)]);
    expect(isClosing(factsOf(partOf(ticket), { positions }))).toBe(closes);
  });

  const close = (quantity: number) => partOf(ticketOf([['Sell to Close', quantity, SPY]]));
  const sell = (quantity: number) => partOf(ticketOf([['Sell', quantity, ES]]));
  const enter = partOf(ticketOf([['Buy to Open', 100, SPY]]));
  it.each<[string, boolean, OrderFacts]>([
    ['OCO of twice all', true, factsOf([close(100), close(100)], { complexType: 'OCO', ...held([100, SPY]) })],
    [
      'OCO of which one is too large',
      false,
      factsOf([close(100), close(101)], { complexType: 'OCO', ...held([100, SPY]) }),
    ],
    ['OTO within what is held', true, factsOf([close(40), close(60)], { complexType: 'OTO', ...held([100, SPY]) })],
    ['OTO beyond what is held', false, factsOf([close(40), close(61)], { complexType: 'OTO', ...held([100, SPY]) })],
    ['OTO of two sales of one future', false, factsOf([sell(1), sell(1)], { complexType: 'OTO', ...held([1, ES]) })],
    [
      'OTOCO of closes',
      true,
      factsOf([close(40), close(60), close(60)], { complexType: 'OTOCO', ...held([100, SPY]) }),
    ],
    ['OTOCO that enters', false, factsOf([enter, close(100), close(100)], { complexType: 'OTOCO' })],
    ['parts of no known type', false, factsOf([close(100), close(100)], held([100, SPY]))],
  ])('%s: %s', (_name, closes, facts) => {
    expect(isClosing(facts)).toBe(closes);
  });

  it('needs the working orders only for futures and sold options', () => {
    const needs = (legs: readonly LegAsked[]): boolean => needsWorking([partOf(ticketOf(legs))]);
    expect(needs([['Sell', 1, ES]])).toBe(true);
    expect(
      needs([
        ['Buy to Open', 1, call(600)],
        ['Sell to Open', 1, call(610)],
      ]),
    ).toBe(true);
    expect(needs([['Buy to Open', 1, call(600)]])).toBe(false);
    expect(needs([['Sell to Close', 1, SPY]])).toBe(false);
  });

  it('refuses to judge a leg of less than nothing', () => {
    expect(() => isClosing(asks([['Buy to Open', -1, SPY]]))).toThrow(RangeError);
  });
});

describe('a closing order', () => {
  const amount = fc.constantFrom('0', '0.01', '1', '100000').map((text) => decimal(text));
  const names = fc.constantFrom(
    { deny: [] },
    { deny: ['SPY', '/ES', 'BTC/USD'] },
    { allow: [], deny: [] },
    { allow: ['QQQ'], deny: [] },
  );
  const anyPlan: fc.Arbitrary<Plan> = fc.record({
    readOnly: fc.constant(false),
    closingOnly: fc.boolean(),
    accounts: fc.constantFrom({ deny: [] }, { allow: [ACCOUNT], deny: [] }),
    symbols: names,
    instrumentTypes: fc.subarray([...INSTRUMENT_TYPES]),
    maxShares: amount,
    maxContracts: amount,
    maxCoins: amount,
    maxNotional: amount,
    maxBuyingPower: amount,
    undefinedRisk: fc.boolean(),
    collarPercent: amount,
    session: fc.constantFrom('open', 'any'),
    ordersPerMinute: fc.integer({ min: 0, max: 3 }),
    ordersPerDay: fc.integer({ min: 0, max: 3 }),
    dailyNotional: amount,
    dailyLoss: amount,
    duplicateSeconds: fc.integer({ min: 0, max: 60 }),
    confirm: fc.constant('never'),
    confirmationSeconds: fc.constant(60),
  });
  const anyHeld = fc
    .uniqueArray(
      fc.record({
        of: fc.constantFrom(SPY, ES, BTC, call(600), call(610), put(590), put(580)),
        quantity: fc.integer({ min: -9, max: 9 }).filter((quantity) => quantity !== 0),
        share: fc.integer({ min: 1, max: 9 }),
      }),
      { minLength: 1, maxLength: 4, selector: ({ of }) => of.symbol },
    )
    // Orders keep to one type.
    .map((all) => all.filter(({ of }) => of.type === all[0]?.of.type));
  const orderType = fc.constantFrom('Limit', 'Market', 'Stop', 'Marketable Limit', 'Stop Limit');
  const readable = fc.boolean();

  it('is refused by no limit on opening, under any plan and with nothing else readable', () => {
    fc.assert(
      fc.property(anyPlan, anyHeld, orderType, readable, (plan, positions, type, areRead) => {
        const legs = positions.map(({ of, quantity, share }): LegAsked => {
          const size = Math.min(share, Math.abs(quantity));
          const side = quantity > 0 ? 'Sell' : 'Buy';
          return [of.type === 'Future' ? side : `${side} to Close`, size, of];
        });
        const isFuture = positions[0]?.of.type === 'Future';
        const facts = factsOf(
          { ticket: ticketOf(legs, { orderType: type }), market: UNREAD },
          {
            positions:
              areRead || isFuture ? known(positions.map(({ of, quantity }) => position(quantity, of))) : UNREAD,
            working: isFuture ? known([]) : UNREAD,
            effects: UNREAD,
            session: UNREAD,
            realizedToday: UNREAD,
          },
        );
        expect(isClosing(facts)).toBe(true);
        const used = { inMinute: 99, inDay: 999, notionals: ['999999', 'nonsense'] };
        const asked = { notional: decimal(0), isOpening: false, allowDuplicate: false, now: epochMs(0) };
        const checks = [...checkLimits(plan, facts), ...checkUsage(plan, used, asked)];
        expect(() => requirePassed(checks)).not.toThrow();
        expect(notionalOf(facts)).toEqual(known('0'));
      }),
      { numRuns: 500 },
    );
  });

  it('is refused by read-only and by the account all the same', () => {
    const facts = asks([['Sell to Close', 1, SPY]], held([1, SPY]));
    const plan = { ...fc.sample(anyPlan, { numRuns: 1, seed: 1 })[0] } as Plan;
    const refusing = (changes: Partial<Plan>): string[] =>
      checkLimits({ ...plan, ...changes }, facts).flatMap(({ rule, verdict }) => (verdict === 'refused' ? [rule] : []));
    expect(refusing({ readOnly: true })).toEqual(['read_only']);
    expect(refusing({ accounts: { deny: [ACCOUNT] } })).toEqual(['account']);
  });

  it('never becomes an opening one unseen: whatever is not certain to close keeps every limit', () => {
    const working: PlacedOrder[] = [workingOrder([['Sell', 1, ES]])];
    const facts = asks([['Sell', 1, ES]], { ...held([1, ES]), working: known(working) });
    const plan = { ...(fc.sample(anyPlan, { numRuns: 1, seed: 2 })[0] as Plan), closingOnly: true };
    expect(
      checkLimits(plan, facts)
        .filter(({ verdict }) => verdict === 'refused')
        .map(({ rule }) => rule),
    ).toContain('closing_only');
  });
});
