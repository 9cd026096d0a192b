import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, decimal, negate, sum, type Decimal } from '../../../src/core/decimal.ts';
import type { Desk, WireObject } from '../../../src/simulator/engine/desk.ts';
import { createDesk } from '../../../src/simulator/engine/create-desk.ts';
import {
  createBench,
  HOUR,
  limit,
  list,
  market,
  SECOND,
  type Bench,
  type Leg,
} from '../../support/simulator-desk/desk-bench.ts';

const C200 = 'AAPL  261218C00200000';
const C210 = 'AAPL  261218C00210000';
const SHORT_LIVED = 'AAPL  261124P00210000';
const SYMBOLS = ['AAPL', 'MSFT', '/ESZ6', 'BTC/USD', C200, C210, SHORT_LIVED] as const;
const BASE: Record<string, number> = {
  AAPL: 200,
  MSFT: 400,
  '/ESZ6': 6000,
  'BTC/USD': 90_000,
  [C200]: 5,
  [C210]: 2,
  [SHORT_LIVED]: 11,
};
const TERMINAL = new Set(['Filled', 'Cancelled', 'Expired', 'Rejected']);

type Command =
  | { readonly kind: 'order'; readonly body: WireObject }
  | { readonly kind: 'complex'; readonly body: WireObject }
  | { readonly kind: 'cancel'; readonly which: number }
  | { readonly kind: 'replace'; readonly which: number; readonly price: number }
  | { readonly kind: 'price'; readonly symbol: string; readonly factor: number; readonly size: number }
  | { readonly kind: 'pass'; readonly ms: number };

const action = fc.constantFrom('Buy to Open', 'Buy to Close', 'Sell to Open', 'Sell to Close');
const quantity = fc.integer({ min: 1, max: 12 });
const tick = (symbol: string, price: number): number =>
  symbol === '/ESZ6' ? Math.round(price * 4) / 4 : Math.round(price * 10) / 10;

const singleLimit = fc
  .record({
    symbol: fc.constantFrom(...SYMBOLS),
    action,
    quantity,
    factor: fc.double({ min: 0.95, max: 1.05, noNaN: true }),
    tif: fc.constantFrom('Day', 'GTC', 'IOC', 'Ext'),
  })
  .map(({ symbol, action, quantity, factor, tif }): WireObject => {
    const price = tick(symbol, (BASE[symbol] ?? 1) * factor);
    const units = symbol === 'BTC/USD' ? quantity / 100 : quantity;
    const leg: Leg = [symbol === '/ESZ6' ? (action.split(' ')[0] ?? 'Buy') : action, units, symbol];
    return limit(action.startsWith('Buy') ? -price : price, [leg], { 'time-in-force': tif });
  });
const spread = fc
  .record({ quantity: fc.integer({ min: 1, max: 5 }), price: fc.constantFrom(2.5, 3, 3.5), opens: fc.boolean() })
  .map(({ quantity, price, opens }): WireObject =>
    limit(
      -price,
      opens
        ? [
            ['Buy to Open', quantity, C200],
            ['Sell to Open', quantity, C210],
          ]
        : [
            ['Buy to Close', quantity, C200],
            ['Sell to Close', quantity, C210],
          ],
    ),
  );
const atMarket = fc
  .record({ symbol: fc.constantFrom(...SYMBOLS), action, quantity })
  .map(({ symbol, action, quantity }): WireObject => market([[action, quantity, symbol]]));
const nonsense = fc
  .record({ 'order-type': fc.constantFrom('Limit', 'Stop', 'Nothing', 7), legs: fc.jsonValue() })
  .map((body): WireObject => body);

const oco = fc
  .record({ quantity, high: fc.constantFrom(201, 205, 230), low: fc.constantFrom(150, 195, 199) })
  .map(({ quantity, high, low }): WireObject => {
    const closing: Leg[] = [['Sell to Close', quantity, 'AAPL']];
    const { price: _price, 'price-effect': _effect, ...stop } = limit(low, closing);
    return {
      type: 'OCO',
      orders: [limit(high, closing), { ...stop, 'order-type': 'Stop', 'stop-trigger': String(low) }],
    };
  });

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .oneof(singleLimit, singleLimit, spread, atMarket, nonsense)
      .map((body): Command => ({ kind: 'order', body })),
  },
  { weight: 1, arbitrary: oco.map((body): Command => ({ kind: 'complex', body })) },
  { weight: 2, arbitrary: fc.nat(20).map((which): Command => ({ kind: 'cancel', which })) },
  {
    weight: 2,
    arbitrary: fc
      .record({ which: fc.nat(20), price: fc.constantFrom(2, 5, 195, 200, 205, 400) })
      .map((rest): Command => ({ kind: 'replace', ...rest })),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({
        symbol: fc.constantFrom(...SYMBOLS),
        factor: fc.double({ min: 0.95, max: 1.05, noNaN: true }),
        size: fc.integer({ min: 0, max: 20 }),
      })
      .map((rest): Command => ({ kind: 'price', ...rest })),
  },
  {
    weight: 5,
    arbitrary: fc
      .constantFrom(20, 50, SECOND, SECOND, SECOND, 3 * SECOND, 3 * SECOND, HOUR, 26 * HOUR)
      .map((ms): Command => ({ kind: 'pass', ms })),
  },
);

function show(bench: Bench, symbol: string, shown: { factor: number; size: number }): void {
  const price = tick(symbol, (BASE[symbol] ?? 1) * shown.factor);
  const size = String(shown.size);
  bench.quote(symbol, {
    bid: price.toFixed(2),
    ask: (price + 0.25).toFixed(2),
    last: price.toFixed(2),
    bidSize: size,
    askSize: size,
  });
}

function start(): Bench {
  const bench = createBench();
  for (const symbol of SYMBOLS) show(bench, symbol, { factor: 1, size: 20 });
  for (const symbol of ['AAPL', 'MSFT', C200])
    bench.place(limit(-(BASE[symbol] ?? 1) * 1.1, [['Buy to Open', 15, symbol]]));
  bench.pass(2 * SECOND);
  return bench;
}

const idAt = (bench: Bench, which: number): number =>
  Number(bench.desk.orders(bench.account, { ascending: true })[which]?.['id'] ?? 0);

function run(bench: Bench, command: Command): void {
  const { desk, account } = bench;
  switch (command.kind) {
    case 'order':
      desk.submit(account, command.body, { dryRun: false });
      return;
    case 'complex':
      desk.submitComplex(account, command.body, { dryRun: false });
      return;
    case 'cancel':
      desk.cancel(account, idAt(bench, command.which));
      return;
    case 'replace':
      desk.replace(
        account,
        idAt(bench, command.which),
        { price: command.price.toFixed(2) },
        { dryRun: false, partial: true },
      );
      return;
    case 'price':
      show(bench, command.symbol, command);
      return;
    case 'pass':
      bench.pass(command.ms);
  }
}

const number = (of: WireObject, key: string): Decimal => decimal(String(of[key]));
const signed = (of: WireObject, key: string): Decimal =>
  of[`${key}-effect`] === 'Debit' ? negate(number(of, key)) : number(of, key);

function positionsByFills(desk: Desk, account: string): Map<string, Decimal> {
  const held = new Map<string, Decimal>();
  const legs = desk.orders(account, {}).flatMap((order) => list(order, 'legs'));
  for (const leg of legs) {
    const symbol = String(leg['symbol']);
    for (const fill of list(leg, 'fills')) {
      const units = decimal(String(fill['quantity']));
      held.set(
        symbol,
        add(held.get(symbol) ?? decimal('0'), String(leg['action']).startsWith('Buy') ? units : negate(units)),
      );
    }
  }
  return held;
}

function checkMoney({ desk, account }: Bench): void {
  const cash = sum(desk.transactions(account, {}).map((transaction) => signed(transaction, 'net-value')));
  expect(number(desk.balances(account), 'cash-balance')).toBe(cash);
}

function checkPositions({ desk, account }: Bench): void {
  if (desk.transactions(account, { types: ['Receive Deliver'] }).length > 0) return;
  const byFills = [...positionsByFills(desk, account)].filter(([, units]) => units !== '0').toSorted();
  const held = desk.positions(account, { includeMarks: false, includeClosed: false });
  const told = held.map((position) => [
    String(position['symbol']),
    position['quantity-direction'] === 'Short' ? negate(number(position, 'quantity')) : number(position, 'quantity'),
  ]);
  expect(told.toSorted()).toEqual(byFills);
}

/** A fill that says it closes never leaves more open than it found. */
function checkCloses({ desk, account }: Bench): void {
  if (desk.transactions(account, { types: ['Receive Deliver'] }).length > 0) return;
  const held = new Map<unknown, number>();
  for (const trade of desk.transactions(account, { types: ['Trade'], ascending: true })) {
    const before = held.get(trade['symbol']) ?? 0;
    const units = Number(trade['quantity']) * (String(trade['action']).startsWith('Buy') ? 1 : -1);
    const after = Number((before + units).toFixed(8));
    held.set(trade['symbol'], after);
    if (String(trade['action']).endsWith('Close')) expect(Math.abs(after)).toBeLessThan(Math.abs(before));
  }
}

function checkOrders({ desk, account }: Bench, ended: Map<unknown, string>): void {
  for (const order of desk.orders(account, {})) {
    for (const leg of list(order, 'legs')) {
      const filled = list(leg, 'fills').reduce((total, fill) => total + Number(fill['quantity']), 0);
      expect(Number(leg['remaining-quantity'])).toBeGreaterThanOrEqual(0);
      expect(Number(leg['quantity'])).toBeCloseTo(filled + Number(leg['remaining-quantity']), 9);
    }
    const text = JSON.stringify(order);
    const before = ended.get(order['id']);
    if (before !== undefined) expect(text).toBe(before);
    if (TERMINAL.has(String(order['status']))) ended.set(order['id'], text);
  }
}

const commands = fc.array(command, { minLength: 20, maxLength: 60, size: 'max' });

describe('whatever is asked of the desk', () => {
  // Some ten seconds of pure work: a busy machine takes its time.
  const PATIENT = { timeout: 120_000 };
  it(
    'cash is the sum of the transactions, positions are the sum of the fills, and what is over stays as it is',
    PATIENT,
    () => {
      fc.assert(
        fc.property(commands, (all) => {
          const bench = start();
          const ended = new Map<unknown, string>();
          for (const one of all) {
            run(bench, one);
            checkOrders(bench, ended);
          }
          checkMoney(bench);
          checkPositions(bench);
          checkCloses(bench);
        }),
        { numRuns: 150, seed: 20_261_123 },
      );
    },
  );

  it('the same commands make the same desk, across a snapshot and a restore too', () => {
    fc.assert(
      fc.property(commands, fc.nat(59), (all, cut) => {
        const [one, other] = [start(), start()];
        for (const each of all) run(one, each);
        for (const each of all.slice(0, cut)) run(other, each);
        const desk = resume(other);
        const resumed = { ...other, desk, pass: (ms: number) => pass(other, desk, ms) };
        for (const each of all.slice(cut)) run(resumed, each);
        expect(resumed.desk.snapshot()).toEqual(one.desk.snapshot());
        expect(resumed.desk.balances(one.account)).toEqual(one.desk.balances(one.account));
      }),
      { numRuns: 60, seed: 20_261_123 },
    );
  });
});

function pass({ clock }: Bench, desk: Desk, ms: number): void {
  clock.set(clock.now() + ms);
  desk.advance();
}

/** The process ended; another one, begun later, takes up what it had written down. */
function resume({ desk, clock, market }: Bench): Desk {
  const kept: WireObject = JSON.parse(JSON.stringify(desk.snapshot()));
  const next = createDesk({ seed: 'bench', clock, market, calendar: market.calendar });
  next.restore(kept);
  return next;
}

it('a desk that is looked at often ends where one ends that is looked at once', () => {
  const bodies = [
    limit(-200, [['Buy to Open', 25, 'AAPL']]),
    limit(-5.5, [['Buy to Open', 30, C200]], { 'time-in-force': 'GTC' }),
  ];
  const [often, once] = [start(), start()];
  for (const bench of [often, once]) for (const body of bodies) bench.place(body);
  for (const bench of [often, once]) show(bench, 'AAPL', { factor: 0.99, size: 7 });
  for (let second = 0; second < 60; second += 1) often.pass(SECOND);
  once.pass(60 * SECOND);
  expect(once.desk.snapshot()).toEqual(often.desk.snapshot());
});
