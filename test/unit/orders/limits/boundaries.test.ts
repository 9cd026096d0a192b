import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../../src/core/clock.ts';
import { decimal } from '../../../../src/core/decimal.ts';
import { checkLimits, checkStops, checkUsage } from '../../../../src/orders/limits/check-limits.ts';
import { LIMIT_RULES } from '../../../../src/orders/limits/limit-check.ts';
import type { LimitCheck, LimitRule } from '../../../../src/orders/limits/limit-check.ts';
import type { OrderFacts } from '../../../../src/orders/limits/order-facts.ts';
import type { Instrument } from '../../../../src/broker/model/instrument.ts';
import type { IntentRow, Usage } from '../../../../src/storage/stores/ledger-store.ts';
import type { Plan } from '../../../../src/tenancy/plan/plan.ts';
import {
  ACCOUNT,
  BTC,
  ES,
  SPY,
  WIDE,
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

type Verdict = LimitCheck['verdict'];
/** What the order has, and what the rule must say of it. */
type Row = readonly [has: string, verdict: Verdict, says: () => LimitCheck];

const PASSES = 'passed';
const REFUSES = 'refused';
const SILENT = 'not-applied';

const order = (legs: readonly LegAsked[], terms: Parameters<typeof partOf>[1] = {}): OrderFacts =>
  factsOf(partOf(ticketOf(legs), terms));
const buy = (quantity: number | string, of: Instrument = SPY): OrderFacts => order([['Buy to Open', quantity, of]]);
const nameOf = (has: unknown): string =>
  typeof has === 'object' && has !== null && 'symbol' in has ? String(has.symbol) : String(has);
const rows = <Has>(
  rule: LimitRule,
  plan: Partial<Plan>,
  { makes, has }: { makes: (has: Has) => OrderFacts; has: readonly (readonly [Has, Verdict])[] },
): Row[] => has.map(([each, verdict]) => [nameOf(each), verdict, () => checkOf(rule, plan, makes(each))]);

const NOW = epochMs(1_800_000_000_000);
const usage = (changes: Partial<Usage>): Usage => ({ inMinute: 0, inDay: 0, notionals: [], ...changes });
const asked = { notional: decimal(0), isOpening: true, allowDuplicate: false, now: NOW };
function usageRow(
  rule: LimitRule,
  plan: Partial<Plan>,
  [has, verdict, used, ask]: readonly [string, Verdict, Partial<Usage>, Partial<typeof asked>?],
): Row {
  return [
    has,
    verdict,
    () => {
      const checks = checkUsage({ ...WIDE, ...plan }, usage(used), { ...asked, ...ask });
      return checks.find((check) => check.rule === rule) as LimitCheck;
    },
  ];
}
const sentAgo = (ms: number): Partial<Usage> => ({ repeated: { createdAt: NOW - ms } as IntentRow });

const stop = (isOn: number, scope = 'tenant-1') => ({ scope, isOn, reason: 'drill', by: 'ops', at: 0 });
const inState = (state: string) => factsOf(partOf(ticketOf([['Buy to Open', 1, SPY]])), { session: known(state) });
const extended = (state: string) =>
  factsOf(partOf(ticketOf([['Buy to Open', 1, SPY]], { timeInForce: 'Ext' })), { session: known(state) });
const market = (changes: Partial<OrderFacts> & { ageMs?: number } = {}) =>
  factsOf(partOf(ticketOf([['Buy to Open', 1, SPY]], { orderType: 'Market' }), changes), changes);
const takes = (change: string) =>
  factsOf(partOf(ticketOf([['Buy to Open', 1, SPY]])), {
    effects: known({ buyingPower: { changeInBuyingPower: decimal(change) }, warnings: [] }),
  });
const realized = (amount: string) =>
  factsOf(partOf(ticketOf([['Buy to Open', 1, SPY]])), { realizedToday: known(decimal(amount)) });

/** Shares at 9.90 × 10.00, an option at 0.40 × 0.50, and a spread that could be had for 2.10 or sold for 1.90. */
const buyAt = (price: string) => order([['Buy to Open', 1, SPY]], { price, sides: [['9.9', '10']] });
const shortAt = (price: string) => order([['Sell to Open', 1, SPY]], { price, sides: [['10', '10.1']] });
const cheapAt = (price: string) => order([['Buy to Open', 1, call(600)]], { price, sides: [['0.4', '0.5']] });
const spreadAt = (price: string) =>
  order(
    [
      ['Buy to Open', 1, call(600)],
      ['Sell to Open', 1, call(605)],
    ],
    {
      price,
      sides: [
        ['5', '5.1'],
        ['3', '3.1'],
      ],
    },
  );
const creditAt = (price: string) =>
  order(
    [
      ['Sell to Open', 1, call(600)],
      ['Buy to Open', 1, call(605)],
    ],
    {
      price,
      sides: [
        ['5', '5.1'],
        ['3', '3.1'],
      ],
    },
  );
const stopLimit = (price: string, trigger: string) =>
  factsOf(
    partOf(ticketOf([['Buy to Open', 1, SPY]], { orderType: 'Stop Limit', stopTrigger: decimal(trigger) }), {
      price,
      sides: [['9.9', '10']],
    }),
  );
const stopAt = (action: 'Buy to Open' | 'Sell to Open', trigger: string) =>
  factsOf(
    partOf(ticketOf([[action, 1, SPY]], { orderType: 'Stop', stopTrigger: decimal(trigger) }), {
      sides: [['9.9', '10']],
    }),
  );

/** Sold calls against as many bought ones, or against held shares. */
const againstLongs = (longs: number) =>
  order([['Sell to Open', 5, call(610)], ...(longs === 0 ? [] : [['Buy to Open', longs, call(620)] as const])]);
const againstShares = (shares: number) =>
  factsOf(partOf(ticketOf([['Sell to Open', 5, call(610)]])), { positions: known([position(shares, SPY)]) });
const againstHeld = (held: number, shorts: number) =>
  factsOf(partOf(ticketOf([['Sell to Open', 1, put(500)]])), {
    positions: known([position(held, put(490)), position(-shorts, put(480))]),
  });

/** 10 shares at 9.90 × 10.00 are 100 dollars, at the worse side. */
const sharesFor = (price?: string) =>
  order([['Buy to Open', 10, SPY]], { sides: [['9.9', '10']], ...(price === undefined ? {} : { price }) });

const TABLE: Readonly<Record<LimitRule, readonly Row[]>> = {
  kill_switch: [
    ['off', PASSES, () => checkStops([])[0] as LimitCheck],
    ['a row that is off', PASSES, () => checkStops([stop(0)])[0] as LimitCheck],
    ['on for the tenant', REFUSES, () => checkStops([stop(1)])[0] as LimitCheck],
    ['on for everybody', REFUSES, () => checkStops([stop(1, 'global')])[0] as LimitCheck],
    ['on for both', REFUSES, () => checkStops([stop(1), stop(1, 'global')])[0] as LimitCheck],
  ],
  read_only: [
    ...rows('read_only', { readOnly: false }, { makes: buy, has: [[1, PASSES]] }),
    ...rows('read_only', { readOnly: true }, { makes: buy, has: [[1, REFUSES]] }),
  ],
  account: [
    ...rows('account', { accounts: { deny: [] } }, { makes: buy, has: [[1, PASSES]] }),
    ...rows('account', { accounts: { deny: ['5WT00002'] } }, { makes: buy, has: [[1, PASSES]] }),
    ...rows('account', { accounts: { deny: [ACCOUNT] } }, { makes: buy, has: [[1, REFUSES]] }),
    ...rows('account', { accounts: { allow: [ACCOUNT], deny: [] } }, { makes: buy, has: [[1, PASSES]] }),
    ...rows('account', { accounts: { allow: ['5WT0000'], deny: [] } }, { makes: buy, has: [[1, REFUSES]] }),
    ...rows('account', { accounts: { allow: [], deny: [] } }, { makes: buy, has: [[1, REFUSES]] }),
    ...rows('account', { accounts: { allow: [ACCOUNT], deny: [ACCOUNT] } }, { makes: buy, has: [[1, REFUSES]] }),
  ],
  closing_only: [
    ...rows('closing_only', { closingOnly: false }, { makes: buy, has: [[1, PASSES]] }),
    ...rows(
      'closing_only',
      { closingOnly: true },
      {
        makes: (quantity: number) =>
          factsOf(partOf(ticketOf([['Sell to Close', quantity, SPY]])), { positions: known([position(100, SPY)]) }),
        has: [
          [99, SILENT],
          [100, SILENT],
          [101, REFUSES],
        ],
      },
    ),
    ...rows('closing_only', { closingOnly: true }, { makes: buy, has: [[1, REFUSES]] }),
  ],
  instrument_type: [
    ...rows('instrument_type', { instrumentTypes: ['Equity'] }, { makes: buy, has: [[1, PASSES]] }),
    ...rows('instrument_type', { instrumentTypes: ['Equity Option'] }, { makes: buy, has: [[1, REFUSES]] }),
    ...rows('instrument_type', { instrumentTypes: [] }, { makes: buy, has: [[1, REFUSES]] }),
    ...rows(
      'instrument_type',
      { instrumentTypes: ['Equity', 'Equity Option'] },
      {
        makes: (of: Instrument) => buy(1, of),
        has: [
          [call(600), PASSES],
          [ES, REFUSES],
          [BTC, REFUSES],
        ],
      },
    ),
  ],
  symbol: [
    ...rows('symbol', { symbols: { deny: [] } }, { makes: buy, has: [[1, PASSES]] }),
    ...rows('symbol', { symbols: { deny: ['SP', 'SPYG'] } }, { makes: buy, has: [[1, PASSES]] }),
    ...rows('symbol', { symbols: { deny: ['SPY'] } }, { makes: buy, has: [[1, REFUSES]] }),
    ...rows('symbol', { symbols: { allow: ['SPY', 'QQQ'], deny: [] } }, { makes: buy, has: [[1, PASSES]] }),
    ...rows('symbol', { symbols: { allow: ['QQQ'], deny: [] } }, { makes: buy, has: [[1, REFUSES]] }),
    ...rows('symbol', { symbols: { allow: [], deny: [] } }, { makes: buy, has: [[1, REFUSES]] }),
    ...rows('symbol', { symbols: { allow: ['SPY'], deny: ['SPY'] } }, { makes: buy, has: [[1, REFUSES]] }),
    ...rows('symbol', { symbols: { deny: ['SPY'] } }, { makes: () => buy(1, call(600)), has: [['option', REFUSES]] }),
    ...rows('symbol', { symbols: { deny: ['/ES'] } }, { makes: () => buy(1, ES), has: [['product', REFUSES]] }),
    ...rows('symbol', { symbols: { allow: ['/ESZ6'], deny: [] } }, { makes: () => buy(1, ES), has: [['it', PASSES]] }),
    ...rows(
      'symbol',
      { symbols: { deny: ['SPXW'] } },
      {
        makes: (root: string) => {
          const of = call(6000, '2026-12-18', root);
          return buy(1, { ...of, underlying: 'SPX' as Instrument['underlying'] });
        },
        has: [
          ['SPX', PASSES],
          ['SPXW', REFUSES],
        ],
      },
    ),
  ],
  quantity: [
    ...rows(
      'quantity',
      { maxShares: decimal(500) },
      {
        makes: (quantity: number) => buy(quantity),
        has: [
          [499, PASSES],
          [500, PASSES],
          [501, REFUSES],
        ],
      },
    ),
    ...rows(
      'quantity',
      { maxContracts: decimal(10) },
      {
        makes: (quantity: number) => buy(quantity, call(600)),
        has: [
          [9, PASSES],
          [10, PASSES],
          [11, REFUSES],
        ],
      },
    ),
    ...rows(
      'quantity',
      { maxContracts: decimal(3) },
      {
        makes: (quantity: number) => order([['Buy', quantity, ES]]),
        has: [
          [2, PASSES],
          [3, PASSES],
          [4, REFUSES],
        ],
      },
    ),
    ...rows(
      'quantity',
      { maxCoins: decimal(1) },
      {
        makes: (quantity: string) => buy(quantity, BTC),
        has: [
          ['0.99999999', PASSES],
          ['1', PASSES],
          ['1.00000001', REFUSES],
        ],
      },
    ),
    ...rows(
      'quantity',
      { maxContracts: decimal(10) },
      {
        makes: (quantity: number) =>
          order([
            ['Sell to Open', 5, call(600)],
            ['Buy to Open', quantity, call(610)],
          ]),
        has: [
          [9, PASSES],
          [10, PASSES],
          [11, REFUSES],
        ],
      },
    ),
    ...rows(
      'quantity',
      { maxShares: decimal(500) },
      {
        makes: (value: string) =>
          factsOf(
            partOf(
              ticketOf([['Buy to Open', undefined, SPY]], { orderType: 'Notional Market', value: decimal(value) }),
              { sides: [['10', '10.1']] },
            ),
          ),
        has: [
          ['4999.99', PASSES],
          ['5000', PASSES],
          ['5000.01', REFUSES],
        ],
      },
    ),
  ],
  undefined_risk: [
    ...rows(
      'undefined_risk',
      { undefinedRisk: false },
      {
        makes: againstLongs,
        has: [
          [6, PASSES],
          [5, PASSES],
          [4, REFUSES],
          [0, REFUSES],
        ],
      },
    ),
    ...rows(
      'undefined_risk',
      { undefinedRisk: false },
      {
        makes: againstShares,
        has: [
          [501, PASSES],
          [500, PASSES],
          [499, REFUSES],
        ],
      },
    ),
    ...rows(
      'undefined_risk',
      { undefinedRisk: false },
      {
        makes: (shorts: number) => againstHeld(2, shorts),
        has: [
          [0, PASSES],
          [1, PASSES],
          [2, REFUSES],
        ],
      },
    ),
    ...rows('undefined_risk', { undefinedRisk: true }, { makes: againstLongs, has: [[0, SILENT]] }),
  ],
  trading_session: [
    ...rows(
      'trading_session',
      { session: 'open' },
      {
        makes: inState,
        has: [
          ['Open', PASSES],
          ['Pre-market', REFUSES],
          ['Extended', REFUSES],
          ['Closed', REFUSES],
          ['Halted', REFUSES],
        ],
      },
    ),
    ...rows(
      'trading_session',
      { session: 'open' },
      {
        makes: extended,
        has: [
          ['Open', PASSES],
          ['Pre-market', PASSES],
          ['Extended', PASSES],
          ['Closed', REFUSES],
          ['Halted', REFUSES],
        ],
      },
    ),
    ...rows('trading_session', { session: 'any' }, { makes: inState, has: [['Closed', SILENT]] }),
    ...rows(
      'trading_session',
      { session: 'open' },
      {
        makes: (timeInForce: 'Day' | 'Ext') =>
          factsOf(partOf(ticketOf([['Buy to Open', 1, SPY]], { orderType: 'Market', timeInForce })), {
            session: known('Extended'),
          }),
        has: [
          ['Day', REFUSES],
          ['Ext', REFUSES],
        ],
      },
    ),
    ...rows(
      'trading_session',
      { session: 'open' },
      {
        makes: (of: Instrument) => factsOf(partOf(ticketOf([['Buy to Open', 1, of]])), { session: known('Closed') }),
        has: [
          [BTC, SILENT],
          [SPY, REFUSES],
        ],
      },
    ),
    ...rows(
      'trading_session',
      { session: 'any' },
      {
        makes: (state: string) => market({ session: known(state) }),
        has: [
          ['Open', PASSES],
          ['Extended', REFUSES],
          ['Closed', REFUSES],
        ],
      },
    ),
  ],
  stale_quote: [
    ...rows(
      'stale_quote',
      {},
      {
        makes: (ageMs: number) => market({ ageMs }),
        has: [
          [14_999, PASSES],
          [15_000, PASSES],
          [15_001, REFUSES],
          [Number.NaN, REFUSES],
        ],
      },
    ),
    ...rows('stale_quote', {}, { makes: buyAt, has: [['-10', SILENT]] }),
  ],
  price_collar: [
    // Signed as prices are: below is worse, for buyers and sellers alike.
    ...rows(
      'price_collar',
      { collarPercent: decimal(5) },
      {
        makes: buyAt,
        has: [
          ['-1', PASSES],
          ['-10.49', PASSES],
          ['-10.5', PASSES],
          ['-10.51', REFUSES],
        ],
      },
    ),
    ...rows(
      'price_collar',
      { collarPercent: decimal(5) },
      {
        makes: shortAt,
        has: [
          ['99', PASSES],
          ['9.51', PASSES],
          ['9.5', PASSES],
          ['9.49', REFUSES],
        ],
      },
    ),
    ...rows(
      'price_collar',
      { collarPercent: decimal(5) },
      {
        makes: cheapAt,
        has: [
          ['-0.54', PASSES],
          ['-0.55', PASSES],
          ['-0.56', REFUSES],
        ],
      },
    ),
    ...rows(
      'price_collar',
      { collarPercent: decimal(0) },
      {
        makes: cheapAt,
        has: [
          ['-0.49', PASSES],
          ['-0.5', PASSES],
          ['-0.51', REFUSES],
        ],
      },
    ),
    ...rows(
      'price_collar',
      { collarPercent: decimal(10) },
      {
        makes: spreadAt,
        has: [
          ['-2.3', PASSES],
          ['-2.31', PASSES],
          ['-2.32', REFUSES],
        ],
      },
    ),
    ...rows(
      'price_collar',
      { collarPercent: decimal(10) },
      {
        makes: creditAt,
        has: [
          ['1.72', PASSES],
          ['1.71', PASSES],
          ['1.7', REFUSES],
          ['-0.01', REFUSES],
        ],
      },
    ),
    ...rows(
      'price_collar',
      { collarPercent: decimal(5) },
      {
        makes: (price: string) => stopLimit(price, '12'),
        has: [
          ['-12.59', PASSES],
          ['-12.6', PASSES],
          ['-12.61', REFUSES],
        ],
      },
    ),
    ...rows(
      'price_collar',
      { collarPercent: decimal(5) },
      {
        makes: (price: string) => stopLimit(price, '8'),
        has: [
          ['-10.49', PASSES],
          ['-10.5', PASSES],
          ['-10.51', REFUSES],
        ],
      },
    ),
    ...rows(
      'price_collar',
      {},
      {
        makes: (trigger: string) => stopAt('Buy to Open', trigger),
        has: [
          ['10.01', PASSES],
          ['10', REFUSES],
          ['9.99', REFUSES],
        ],
      },
    ),
    ...rows(
      'price_collar',
      {},
      {
        makes: (trigger: string) => stopAt('Sell to Open', trigger),
        has: [
          ['9.89', PASSES],
          ['9.9', REFUSES],
          ['9.91', REFUSES],
        ],
      },
    ),
    ...rows('price_collar', {}, { makes: () => market(), has: [['market order', SILENT]] }),
  ],
  notional: [
    ...['99.99', '100', '100.01'].flatMap((limit, at) =>
      rows(
        'notional',
        { maxNotional: decimal(limit) },
        { makes: sharesFor, has: [[undefined, at === 0 ? REFUSES : PASSES]] },
      ),
    ),
    ...rows(
      'notional',
      { maxNotional: decimal(120) },
      {
        makes: sharesFor,
        has: [
          ['-11.99', PASSES],
          ['-12', PASSES],
          ['-12.01', REFUSES],
        ],
      },
    ),
    ...rows('notional', { maxNotional: decimal('99.99') }, { makes: sharesFor, has: [['-0.01', REFUSES]] }),
    ...rows(
      'notional',
      { maxNotional: decimal(700) },
      {
        makes: (value: string) =>
          factsOf(
            partOf(
              ticketOf([['Buy to Open', undefined, SPY]], { orderType: 'Notional Market', value: decimal(value) }),
            ),
          ),
        has: [
          ['699.99', PASSES],
          ['700', PASSES],
          ['700.01', REFUSES],
        ],
      },
    ),
  ],
  buying_power: rows(
    'buying_power',
    { maxBuyingPower: decimal(1000) },
    {
      makes: takes,
      has: [
        ['-999.99', PASSES],
        ['-1000', PASSES],
        ['-1000.01', REFUSES],
        ['0', PASSES],
        ['5000', PASSES],
      ],
    },
  ),
  daily_loss: [
    ...rows(
      'daily_loss',
      { dailyLoss: decimal(2000) },
      {
        makes: realized,
        has: [
          ['-1999.99', PASSES],
          ['-2000', REFUSES],
          ['-2000.01', REFUSES],
          ['0', PASSES],
          ['9999', PASSES],
        ],
      },
    ),
    ...rows('daily_loss', { dailyLoss: decimal(0) }, { makes: realized, has: [['0', REFUSES]] }),
  ],
  daily_notional: [
    ...(['29.99', '30', '30.01'] as const).map((notional, at) =>
      usageRow('daily_notional', { dailyNotional: decimal(100) }, [
        `70 and ${notional}`,
        at === 2 ? REFUSES : PASSES,
        { notionals: ['40', '0', '30'] },
        { notional: decimal(notional) },
      ]),
    ),
    usageRow('daily_notional', { dailyNotional: decimal(100) }, [
      'an amount that is none',
      'unreadable',
      { notionals: ['40', 'many'] },
      {},
    ]),
    usageRow('daily_notional', { dailyNotional: decimal(0) }, [
      'closing',
      SILENT,
      { notionals: ['1'] },
      { isOpening: false },
    ]),
  ],
  orders_per_minute: [
    usageRow('orders_per_minute', { ordersPerMinute: 10 }, ['8 before', PASSES, { inMinute: 8 }]),
    usageRow('orders_per_minute', { ordersPerMinute: 10 }, ['9 before', PASSES, { inMinute: 9 }]),
    usageRow('orders_per_minute', { ordersPerMinute: 10 }, ['10 before', REFUSES, { inMinute: 10 }]),
    usageRow('orders_per_minute', { ordersPerMinute: 0 }, ['none allowed', REFUSES, {}]),
    usageRow('orders_per_minute', { ordersPerMinute: 0 }, ['closing', SILENT, { inMinute: 99 }, { isOpening: false }]),
  ],
  orders_per_day: [
    usageRow('orders_per_day', { ordersPerDay: 100 }, ['98 before', PASSES, { inDay: 98 }]),
    usageRow('orders_per_day', { ordersPerDay: 100 }, ['99 before', PASSES, { inDay: 99 }]),
    usageRow('orders_per_day', { ordersPerDay: 100 }, ['100 before', REFUSES, { inDay: 100 }]),
    usageRow('orders_per_day', { ordersPerDay: 0 }, ['closing', SILENT, { inDay: 999 }, { isOpening: false }]),
  ],
  duplicate: [
    usageRow('duplicate', { duplicateSeconds: 60 }, ['never', PASSES, {}]),
    usageRow('duplicate', { duplicateSeconds: 60 }, ['59.999 s ago', REFUSES, sentAgo(59_999)]),
    usageRow('duplicate', { duplicateSeconds: 60 }, ['60 s ago', REFUSES, sentAgo(60_000)]),
    usageRow('duplicate', { duplicateSeconds: 60 }, ['60.001 s ago', PASSES, sentAgo(60_001)]),
    usageRow('duplicate', { duplicateSeconds: 60 }, ['by a clock that is ahead', REFUSES, sentAgo(-500)]),
    usageRow('duplicate', { duplicateSeconds: 60 }, ['allowed', PASSES, sentAgo(1), { allowDuplicate: true }]),
    usageRow('duplicate', { duplicateSeconds: 60 }, ['closing', REFUSES, sentAgo(1), { isOpening: false }]),
    usageRow('duplicate', { duplicateSeconds: 0 }, ['not asked', SILENT, sentAgo(0)]),
  ],
};

describe.each(Object.entries(TABLE))('%s', (rule, cases) => {
  it.each(cases.map(([has, verdict, says]) => ({ has, verdict, says })))('$has: $verdict', ({ verdict, says }) => {
    expect(says()).toMatchObject({ rule, verdict });
  });
});

describe('the rules', () => {
  it('are all in the table above', () => {
    expect(Object.keys(TABLE)).toEqual(LIMIT_RULES);
    expect(Object.values(TABLE).every((cases) => cases.length > 1)).toBe(true);
  });

  it('come in their order, each once, whatever they say', () => {
    const all = [...checkStops([]), ...checkLimits(WIDE, buy(1)), ...checkUsage(WIDE, usage({}), asked)].map(
      ({ rule }) => rule,
    );
    expect(all).toEqual(LIMIT_RULES);
    const refusing = { ...WIDE, readOnly: true, instrumentTypes: [], maxShares: decimal(0) };
    expect(checkLimits(refusing, buy(1))).toHaveLength(13);
  });

  it('refuse with their figure and their limit in the sentence, where both are amounts', () => {
    const checks = Object.entries(TABLE).flatMap(([, cases]) => cases.map(([, , says]) => says()));
    const isAmount = (text = ''): boolean => /^-?\d/u.test(text);
    const numeric = checks.filter(
      ({ verdict, figure, limit }) => verdict === 'refused' && isAmount(figure) && isAmount(limit),
    );
    expect(numeric.length).toBeGreaterThan(30);
    for (const { figure, limit, why } of numeric) {
      expect(why).toContain(figure);
      expect(why).toContain(limit);
    }
  });

  it('do not count the position that a working order of a future will close already', () => {
    const sell = (working: number) =>
      factsOf(partOf(ticketOf([['Sell', 1, ES]])), {
        positions: known([position(2, ES)]),
        working: known(working === 0 ? [] : [workingOrder([['Sell', working, ES]])]),
      });
    expect([0, 1, 2].map((working) => checkOf('closing_only', { closingOnly: true }, sell(working)).verdict)).toEqual([
      SILENT,
      SILENT,
      REFUSES,
    ]);
  });
});
