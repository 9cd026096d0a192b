import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Position } from '../../../../src/broker/model/account.ts';
import type { Instrument } from '../../../../src/broker/model/instrument.ts';
import type { PlacedOrder } from '../../../../src/broker/model/order.ts';
import { brokerSymbol, isoDate } from '../../../../src/broker/model/symbol.ts';
import { decimal } from '../../../../src/core/decimal.ts';
import type { OrderFacts } from '../../../../src/orders/limits/order-facts.ts';
import { instrument } from '../../../support/fake-broker-market.ts';
import {
  BTC,
  ES,
  SPY,
  UNREAD,
  call,
  checkOf,
  factsOf,
  known,
  partOf,
  position,
  put,
  ticketOf,
  workingOrder,
} from './order-bench.ts';
import type { LegAsked } from './order-bench.ts';

const NOV = '2026-11-20';
const DEC = '2026-12-18';
const JAN = '2027-01-15';

const judge = (facts: OrderFacts) => checkOf('undefined_risk', { undefinedRisk: false }, facts);
const asks = (legs: readonly LegAsked[], changes: Partial<OrderFacts> = {}): OrderFacts =>
  factsOf(partOf(ticketOf(legs)), changes);
const with_ = (positions: readonly Position[], working: readonly PlacedOrder[] = []): Partial<OrderFacts> => ({
  positions: known(positions),
  working: known(working),
});

const futureOption = (code: string, date: string, strike: number, future = ES): Instrument => {
  const day = date.slice(2).replaceAll('-', '');
  return instrument('Future Option', `.${future.symbol} ${code.padEnd(5)} ${day}C${strike}`, {
    underlying: future.symbol,
    multiplier: decimal(50),
    option: {
      underlying: future.symbol,
      root: code,
      side: 'C',
      strike: decimal(strike),
      expiration: isoDate(date),
    },
  });
};
const onIndex = (root: string, strike: number, date = DEC): Instrument => ({
  ...call(strike, date, root),
  underlying: brokerSymbol('SPX'),
});

describe('covered within the order', () => {
  it.each<[string, string, readonly LegAsked[]]>([
    [
      'a credit spread',
      'passed',
      [
        ['Sell to Open', 2, call(600)],
        ['Buy to Open', 2, call(610)],
      ],
    ],
    [
      'a debit spread',
      'passed',
      [
        ['Buy to Open', 2, call(600)],
        ['Sell to Open', 2, call(610)],
      ],
    ],
    [
      'a spread with a longer cover',
      'passed',
      [
        ['Sell to Open', 2, call(600, DEC)],
        ['Buy to Open', 2, call(610, JAN)],
      ],
    ],
    [
      'a spread with a shorter cover',
      'refused',
      [
        ['Sell to Open', 2, call(600, JAN)],
        ['Buy to Open', 2, call(610, DEC)],
      ],
    ],
    [
      'a cover of the other side',
      'refused',
      [
        ['Sell to Open', 2, call(600)],
        ['Buy to Open', 2, put(590)],
      ],
    ],
    [
      'a ratio spread',
      'refused',
      [
        ['Sell to Open', 2, call(610)],
        ['Buy to Open', 1, call(600)],
      ],
    ],
    [
      'a backspread',
      'passed',
      [
        ['Sell to Open', 1, call(600)],
        ['Buy to Open', 2, call(610)],
      ],
    ],
    [
      'an iron condor',
      'passed',
      [
        ['Buy to Open', 1, put(580)],
        ['Sell to Open', 1, put(590)],
        ['Sell to Open', 1, call(610)],
        ['Buy to Open', 1, call(620)],
      ],
    ],
    [
      'a condor with a wing missing',
      'refused',
      [
        ['Sell to Open', 1, put(590)],
        ['Sell to Open', 1, call(610)],
        ['Buy to Open', 1, call(620)],
      ],
    ],
    [
      'a butterfly',
      'passed',
      [
        ['Buy to Open', 1, call(600)],
        ['Sell to Open', 2, call(610)],
        ['Buy to Open', 1, call(620)],
      ],
    ],
    [
      'a strangle',
      'refused',
      [
        ['Sell to Open', 1, put(590)],
        ['Sell to Open', 1, call(610)],
      ],
    ],
    [
      'two dates that cover each other crosswise',
      'passed',
      [
        ['Sell to Open', 1, call(600, DEC)],
        ['Sell to Open', 1, call(605, JAN)],
        ['Buy to Open', 1, call(610, JAN)],
        ['Buy to Open', 1, call(615, DEC)],
      ],
    ],
    [
      'two short of the later date',
      'refused',
      [
        ['Sell to Open', 1, call(600, JAN)],
        ['Sell to Open', 1, call(605, JAN)],
        ['Buy to Open', 1, call(610, JAN)],
        ['Buy to Open', 1, call(615, DEC)],
      ],
    ],
    ['a purchase', 'passed', [['Buy to Open', 5, call(600)]]],
    ['a naked put, whatever the cash', 'refused', [['Sell to Open', 1, put(500)]]],
    ['a short sale of shares', 'refused', [['Sell to Open', 1, SPY]]],
    ['a short sale of coins', 'refused', [['Sell to Open', 1, BTC]]],
    ['a purchase of shares', 'passed', [['Buy to Open', 1, SPY]]],
    ['a future, which other limits hold', 'passed', [['Sell', 1, ES]]],
    [
      'another series of one day',
      'refused',
      [
        ['Sell to Open', 1, onIndex('SPXW', 6000)],
        ['Buy to Open', 1, onIndex('SPX', 6100)],
      ],
    ],
    [
      'another series of a later day',
      'passed',
      [
        ['Sell to Open', 1, onIndex('SPXW', 6000)],
        ['Buy to Open', 1, onIndex('SPX', 6100, JAN)],
      ],
    ],
    [
      'an adjusted series',
      'refused',
      [
        ['Sell to Open', 1, call(600, DEC)],
        ['Buy to Open', 1, { ...call(600, JAN, 'SPY1'), underlying: SPY.symbol }],
      ],
    ],
    [
      'options on one future',
      'passed',
      [
        ['Sell to Open', 1, futureOption('E1AZ6', DEC, 6000)],
        ['Buy to Open', 1, futureOption('E1AZ6', DEC, 6100)],
      ],
    ],
    [
      'options on two futures',
      'refused',
      [
        ['Sell to Open', 1, futureOption('E1AZ6', DEC, 6000)],
        ['Buy to Open', 1, futureOption('E1AH7', JAN, 6100, instrument('Future', '/ESH7'))],
      ],
    ],
    [
      'an option that does not say what it is',
      'refused',
      [
        ['Sell to Open', 1, { ...call(600), option: undefined as never }],
        ['Buy to Open', 1, call(610)],
      ],
    ],
    [
      'a cover that does not say what it is',
      'refused',
      [
        ['Sell to Open', 1, call(600)],
        ['Buy to Open', 1, { ...call(610), option: undefined as never }],
      ],
    ],
  ])('%s: %s', (_name, verdict, legs) => {
    expect(judge(asks(legs)).verdict).toBe(verdict);
  });

  it('says how many are naked, and of what', () => {
    expect(
      judge(
        asks([
          ['Sell to Open', 5, call(610)],
          ['Buy to Open', 3, call(620)],
        ]),
      ),
    ).toMatchObject({
      figure: '2',
      limit: '0',
      why: `The order would leave 2 short without cover (${call(610).symbol}); the plan allows 0.`,
    });
    expect(judge(asks([['Sell to Open', 7, SPY]])).figure).toBe('7');
  });
});

describe('covered by what is held', () => {
  const oneCall: readonly LegAsked[] = [['Sell to Open', 1, call(610)]];
  const onePut: readonly LegAsked[] = [['Sell to Open', 1, put(590)]];
  it.each<[string, string, readonly LegAsked[], readonly Position[]]>([
    ['a covered call', 'passed', oneCall, [position(100, SPY)]],
    ['99 shares', 'refused', oneCall, [position(99, SPY)]],
    ['shares short', 'refused', oneCall, [position(-100, SPY)]],
    ['shares of something else', 'refused', oneCall, [position(100, instrument('Equity', 'QQQ'))]],
    ['shares under a put', 'refused', onePut, [position(100, SPY)]],
    ['shares that cover a call already', 'refused', oneCall, [position(100, SPY), position(-1, call(620))]],
    ['shares enough for both', 'passed', oneCall, [position(200, SPY), position(-1, call(620))]],
    [
      'shares, the held call being covered by a long one',
      'passed',
      oneCall,
      [position(100, SPY), position(-1, call(620)), position(1, call(630))],
    ],
    ['a long call', 'passed', oneCall, [position(1, call(650))]],
    ['a long call that ends earlier', 'refused', oneCall, [position(1, call(650, NOV))]],
    ['a long call that covers another', 'refused', oneCall, [position(1, call(650)), position(-1, call(640))]],
    [
      'a later long call, an earlier one covering the held short',
      'passed',
      oneCall,
      [position(1, call(650, DEC)), position(1, call(650, NOV)), position(-1, call(640, NOV))],
    ],
    ['a long put', 'passed', onePut, [position(1, put(500, JAN))]],
    ['a long call under a put', 'refused', onePut, [position(1, call(650, JAN))]],
    [
      'a short of something not understood, which takes all cover',
      'refused',
      oneCall,
      [position(900, SPY), position(-1, call(600), { symbol: brokerSymbol('SPY ?') })],
    ],
    [
      'a long of something not understood',
      'refused',
      oneCall,
      [position(1, call(650), { symbol: brokerSymbol('SPY ?') })],
    ],
    [
      'the not understood of another underlying',
      'passed',
      oneCall,
      [position(100, SPY), position(-1, call(9, DEC, 'QQQ'), { symbol: brokerSymbol('?') })],
    ],
    [
      'a short event contract on the same underlying',
      'refused',
      oneCall,
      [position(100, SPY), position(-1, SPY, { type: 'Event Contract', symbol: brokerSymbol('SPY-EVENT') })],
    ],
    ['a future under its call', 'passed', [['Sell to Open', 1, futureOption('E1AZ6', DEC, 6000)]], [position(1, ES)]],
    [
      'a future whose size is not known',
      'refused',
      [['Sell to Open', 1, futureOption('E1AZ6', DEC, 6000)]],
      [{ ...position(1, ES), multiplier: undefined as never }],
    ],
    [
      'an adjusted call under shares',
      'refused',
      [['Sell to Open', 1, { ...call(600, DEC, 'SPY1'), underlying: SPY.symbol }]],
      [position(100, SPY)],
    ],
    ['more closed than held', 'refused', [['Sell to Close', 2, call(610)]], [position(1, call(610))]],
    [
      'more closed than held, the rest covered',
      'passed',
      [['Sell to Close', 2, call(610)]],
      [position(1, call(610)), position(100, SPY)],
    ],
    [
      'what was naked before stays so',
      'passed',
      [
        ['Sell to Open', 1, put(590)],
        ['Buy to Open', 1, put(580)],
      ],
      [position(-3, put(570))],
    ],
  ])('%s: %s', (_name, verdict, legs, positions) => {
    expect(judge(asks(legs, with_(positions))).verdict).toBe(verdict);
  });

  it.each<[string, string, Partial<OrderFacts>]>([
    ['nothing else works', 'passed', with_([position(100, SPY)])],
    [
      'another call waits to be sold against them',
      'refused',
      with_([position(100, SPY)], [workingOrder([['Sell to Open', 1, call(620)]])]),
    ],
    ['the shares wait to be sold', 'refused', with_([position(100, SPY)], [workingOrder([['Sell to Close', 1, SPY]])])],
    ['enough is left', 'passed', with_([position(200, SPY)], [workingOrder([['Sell to Open', 1, call(620)]])])],
    [
      'a spread works that covers itself',
      'passed',
      with_(
        [position(100, SPY)],
        [
          workingOrder([
            ['Sell to Open', 1, call(620)],
            ['Buy to Open', 1, call(630)],
          ]),
        ],
      ),
    ],
    ['a purchase works', 'passed', with_([position(100, SPY)], [workingOrder([['Buy to Open', 1, call(620)]])])],
    [
      'that other order is over',
      'passed',
      with_([position(100, SPY)], [workingOrder([['Sell to Open', 1, call(620)]], { status: 'Filled' })]),
    ],
    [
      'an order works that is not understood',
      'refused',
      with_([position(100, SPY)], [workingOrder([['Sell to Open', undefined, call(620)]])]),
    ],
    [
      'such an order works in something else',
      'passed',
      with_([position(100, SPY)], [workingOrder([['Sell to Open', undefined, call(9, DEC, 'QQQ')]])]),
    ],
    [
      'such an order works in who knows what',
      'unreadable',
      with_(
        [position(100, SPY)],
        [workingOrder([['Sell to Open', undefined, call(620)]], { underlying: undefined as never })],
      ),
    ],
    [
      'an order of strange words works',
      'refused',
      with_([position(100, SPY)], [workingOrder([['Allocate' as never, 1, SPY]])]),
    ],
    ['positions cannot be read', 'unreadable', { positions: UNREAD }],
    ['working orders cannot be read', 'unreadable', { ...with_([position(100, SPY)]), working: UNREAD }],
  ])('a covered call, when %s: %s', (_name, verdict, changes) => {
    expect(judge(asks(oneCall, changes)).verdict).toBe(verdict);
  });

  it('needs nothing that is held for an order that covers itself', () => {
    const spread: readonly LegAsked[] = [
      ['Sell to Open', 1, call(600)],
      ['Buy to Open', 1, call(610)],
    ];
    expect(judge(asks(spread, { positions: UNREAD, working: UNREAD })).verdict).toBe('passed');
  });

  it('refuses a short sale of shares even when nothing can be read', () => {
    expect(judge(asks([['Sell to Open', 1, SPY]], { positions: UNREAD })).verdict).toBe('refused');
  });
});

describe('covered by both', () => {
  it('its own cover goes to the later call, the held one to the earlier', () => {
    const legs: readonly LegAsked[] = [
      ['Sell to Open', 1, call(600, DEC)],
      ['Sell to Open', 1, call(605, JAN)],
      ['Buy to Open', 1, call(610, JAN)],
    ];
    expect(judge(asks(legs, with_([position(1, call(620, DEC))]))).verdict).toBe('passed');
    expect(judge(asks(legs, with_([position(1, call(620, NOV))]))).verdict).toBe('refused');
  });
});

describe('an order that also closes', () => {
  it.each<[string, string, readonly LegAsked[], readonly Position[]]>([
    [
      'rolls a covered call',
      'passed',
      [
        ['Buy to Close', 1, call(600)],
        ['Sell to Open', 1, call(610, JAN)],
      ],
      [position(100, SPY), position(-1, call(600))],
    ],
    [
      'rolls one of two calls on 100 shares',
      'passed',
      [
        ['Buy to Close', 1, call(600)],
        ['Sell to Open', 1, call(605)],
      ],
      [position(100, SPY), position(-1, call(600))],
    ],
    [
      'rolls two calls into three',
      'refused',
      [
        ['Buy to Close', 2, call(600)],
        ['Sell to Open', 3, call(610, JAN)],
      ],
      [position(200, SPY), position(-2, call(600))],
    ],
    [
      'takes the cover of a held short away',
      'refused',
      [
        ['Sell to Close', 1, call(610)],
        ['Buy to Open', 1, put(590)],
      ],
      [position(1, call(610)), position(-1, call(600))],
    ],
    [
      'rolls the cover of a held short',
      'passed',
      [
        ['Sell to Close', 1, call(610)],
        ['Buy to Open', 1, call(620)],
      ],
      [position(1, call(610)), position(-1, call(600))],
    ],
    [
      'rolls the cover of a held short to an earlier day',
      'refused',
      [
        ['Sell to Close', 1, call(610)],
        ['Buy to Open', 1, call(620, NOV)],
      ],
      [position(1, call(610)), position(-1, call(600))],
    ],
    [
      'rolls a long call',
      'passed',
      [
        ['Sell to Close', 1, call(610)],
        ['Buy to Open', 1, call(620)],
      ],
      [position(1, call(610))],
    ],
    [
      'rolls a whole spread',
      'passed',
      [
        ['Buy to Close', 1, call(600)],
        ['Sell to Close', 1, call(610)],
        ['Sell to Open', 1, call(600, JAN)],
        ['Buy to Open', 1, call(610, JAN)],
      ],
      [position(-1, call(600)), position(1, call(610))],
    ],
  ])('%s: %s', (_name, verdict, legs, positions) => {
    expect(judge(asks(legs, with_(positions))).verdict).toBe(verdict);
  });

  it('cannot be judged when what its sale covers cannot be read', () => {
    const roll: readonly LegAsked[] = [
      ['Sell to Close', 1, call(610)],
      ['Buy to Open', 1, call(620)],
    ];
    expect(judge(asks(roll, { positions: UNREAD })).verdict).toBe('unreadable');
  });
});

describe('a complex order', () => {
  const part = (legs: readonly LegAsked[]) => partOf(ticketOf(legs));
  const shares = part([['Buy to Open', 100, SPY]]);
  const sellCall = part([['Sell to Open', 1, call(610)]]);
  const spread = part([
    ['Sell to Open', 1, call(600)],
    ['Buy to Open', 1, call(610)],
  ]);
  const spreadExit = part([
    ['Buy to Close', 1, call(600)],
    ['Sell to Close', 1, call(610)],
  ]);
  const legExit = part([['Sell to Close', 1, call(610)]]);
  it.each<[string, string, OrderFacts]>([
    ['shares, then a call on them', 'passed', factsOf([shares, sellCall], { complexType: 'OTO' })],
    [
      'shares, then two calls on them',
      'refused',
      factsOf([shares, sellCall, part([['Sell to Open', 1, call(620)]])], { complexType: 'OTO' }),
    ],
    [
      'shares, then a call on them and a sale of them',
      'refused',
      factsOf([shares, part([['Sell to Close', 100, SPY]]), sellCall], { complexType: 'OTO' }),
    ],
    ['a call, then shares under it', 'refused', factsOf([sellCall, shares], { complexType: 'OTO' })],
    ['a bracket around a spread', 'passed', factsOf([spread, spreadExit, spreadExit], { complexType: 'OTOCO' })],
    ['a spread that loses its cover', 'refused', factsOf([spread, legExit], { complexType: 'OTO' })],
    ['either of two spreads', 'passed', factsOf([spread, spread], { complexType: 'OCO' })],
    ['either of two, one naked', 'refused', factsOf([spread, sellCall], { complexType: 'OCO' })],
    [
      'either of two calls on the same shares',
      'passed',
      factsOf([sellCall, sellCall], { complexType: 'OCO', ...with_([position(100, SPY)]) }),
    ],
    ['parts of no known type', 'refused', factsOf([shares, sellCall])],
    [
      'shares that may be bought, and a call that may be sold before',
      'refused',
      factsOf([part([['Buy to Open', 1, put(500)]]), shares, sellCall], { complexType: 'OTO' }),
    ],
  ])('%s: %s', (_name, verdict, facts) => {
    expect(judge(facts).verdict).toBe(verdict);
  });
});

describe('of any order', () => {
  const days = [NOV, DEC, JAN, '2027-02-19'];
  const anyPair = fc.record({
    isCall: fc.boolean(),
    sold: fc.integer({ min: 0, max: 3 }),
    later: fc.integer({ min: 0, max: 3 }),
    quantity: fc.integer({ min: 1, max: 9 }),
  });
  /** Pairs of a short option and its cover, shuffled. Strikes keep the legs apart. */
  const covered = fc
    .array(anyPair, { minLength: 1, maxLength: 2 })
    .map((pairs) =>
      pairs.flatMap(({ isCall, sold, later, quantity }, at): LegAsked[] => {
        const of = isCall ? call : put;
        return [
          ['Sell to Open', quantity, of(600 + at, days[sold])],
          ['Buy to Open', quantity, of(650 + at, days[Math.min(3, sold + later)])],
        ];
      }),
    )
    .chain((legs) => fc.shuffledSubarray(legs, { minLength: legs.length }));
  const anyPositions = fc.array(
    fc.record({
      of: fc.constantFrom(SPY, call(600, NOV), call(610), put(590), put(580, JAN), {
        ...call(1),
        symbol: brokerSymbol('SPY ??'),
      }),
      quantity: fc.integer({ min: -9, max: 9 }),
    }),
    { maxLength: 5 },
  );
  const positionsOf = (all: readonly { of: Instrument; quantity: number }[]): Position[] =>
    all.filter(({ quantity }) => quantity !== 0).map(({ of, quantity }) => position(quantity, of));

  it('covered within itself, nothing held or working refuses it', () => {
    fc.assert(
      fc.property(covered, anyPositions, anyPositions, fc.boolean(), (legs, positions, working, isRead) => {
        const orders = working.map(({ of, quantity }) =>
          workingOrder([[quantity < 0 ? 'Sell to Open' : 'Sell to Close', Math.abs(quantity), of]]),
        );
        const changes = isRead ? with_(positionsOf(positions), orders) : { positions: UNREAD, working: UNREAD };
        expect(judge(asks(legs, changes)).verdict).toBe('passed');
      }),
      { numRuns: 1000 },
    );
  });

  it('with any of its cover removed, it is refused', () => {
    fc.assert(
      fc.property(covered, fc.nat(), fc.boolean(), (legs, pick, whole) => {
        const longs = legs.filter(([action]) => action === 'Buy to Open');
        const victim = longs[pick % longs.length];
        const less = legs.flatMap((leg): LegAsked[] => {
          const [action, quantity, of] = leg;
          if (leg !== victim) return [leg];
          return whole || quantity === 1 ? [] : [[action, Number(quantity) - 1, of]];
        });
        expect(judge(asks(less)).verdict).toBe('refused');
      }),
      { numRuns: 1000 },
    );
  });

  it('shares cover one call for each hundred that are free, and not one more', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999 }), fc.nat({ max: 9 }), fc.integer({ min: 1, max: 9 }), (shares, short, sold) => {
        const held = [position(shares, SPY), ...(short === 0 ? [] : [position(-short, call(620))])];
        const free = Math.max(0, Math.floor(shares / 100) - short);
        const check = judge(asks([['Sell to Open', sold, call(610)]], with_(held)));
        expect(check.verdict).toBe(sold <= free ? 'passed' : 'refused');
        if (sold > free) expect(check.figure).toBe(String(sold - free));
      }),
    );
  });
});
