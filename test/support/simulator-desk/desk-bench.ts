import type { WireObject, Desk, DeskAnswer, DeskEvent } from '../../../src/simulator/engine/desk.ts';
import { createCalendar } from '../../../src/simulator/engine/calendar.ts';
import { createDesk } from '../../../src/simulator/engine/create-desk.ts';
import { createManualClock, MANUAL_CLOCK_START, type ManualClock } from '../manual-clock.ts';
import { createFakeMarket, type FakeMarket, type SetQuote } from './fake-market.ts';

export type Leg = readonly [action: string, quantity: number | string, symbol: string];

export type Bench = {
  readonly desk: Desk;
  readonly market: FakeMarket;
  readonly clock: ManualClock;
  /** A fresh margin account of 100,000 unless told otherwise. */
  readonly account: string;
  readonly events: DeskEvent[];
  /** Moves the wall clock by `ms` and lets the desk catch up. */
  pass(ms: number): void;
  quote(symbol: string, quote: SetQuote): void;
  submit(body: unknown): DeskAnswer;
  dryRun(body: unknown): DeskAnswer;
  /** Submits and returns the id; throws when it was refused. */
  place(body: unknown): number;
  order(id: number): WireObject;
};

export type BenchOptions = { readonly customer?: string; readonly startMs?: number; readonly alwaysOpen?: boolean };

/** Monday 10:00 in New York. */
export const OPEN_AT = MANUAL_CLOCK_START;
export const SECOND = 1000;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export function createBench({
  customer = 'paper-one',
  startMs = OPEN_AT,
  alwaysOpen = false,
}: BenchOptions = {}): Bench {
  const clock = createManualClock(startMs);
  const calendar = createCalendar({ alwaysOpen });
  const market = createFakeMarket(calendar);
  market.set('AAPL', { bid: '200.00', ask: '200.10', last: '200.05' });
  market.set('MSFT', { bid: '400.00', ask: '400.10', last: '400.05' });
  market.set('SPY', { bid: '600.00', ask: '600.02', last: '600.01' });
  market.set('/ESZ6', { bid: '6000.00', ask: '6000.25', last: '6000.00' });
  market.set('BTC/USD', { bid: '90000', ask: '90010', last: '90005' });
  const desk = createDesk({ seed: 'bench', clock, market, calendar });
  const account = String(desk.customer(customer).accounts[0]);
  const events: DeskEvent[] = [];
  desk.subscribe(account, (event) => void events.push(event));

  const submit = (body: unknown): DeskAnswer => desk.submit(account, body, { dryRun: false });
  const order = (id: number): WireObject => {
    const found = desk.order(account, id);
    if (found === undefined) throw new Error(`no order ${id}`);
    return found;
  };
  return {
    desk,
    market,
    clock,
    account,
    events,
    order,
    submit,
    quote: (symbol, quote) => market.set(symbol, quote),
    dryRun: (body) => desk.submit(account, body, { dryRun: true }),
    pass(ms) {
      clock.set(clock.now() + ms);
      desk.advance();
    },
    place(body) {
      return Number(field(accepted(submit(body)), 'order')['id']);
    },
  };
}

/** The object under a key of a wire object. */
export function field(of: unknown, key: string): WireObject {
  const value = (of as WireObject)[key];
  if (typeof value !== 'object' || value === null) throw new Error(`${key} is no object`);
  return value as WireObject;
}

export function list(of: unknown, key: string): readonly WireObject[] {
  const value = (of as WireObject)[key];
  if (!Array.isArray(value)) throw new Error(`${key} is no list`);
  return value;
}

export function accepted(answer: DeskAnswer): WireObject {
  if (answer.kind !== 'ok') throw new Error(`refused: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

/** The codes within a refusal; empty for an accepted order. */
export function codes(answer: DeskAnswer): string[] {
  if (answer.kind === 'ok') return [];
  const errors = answer.error['errors'];
  return Array.isArray(errors)
    ? errors.map((error: WireObject) => String(error['code'] ?? error['domain']))
    : [String(answer.error['code'])];
}

const TYPE_OF: readonly (readonly [RegExp, string])[] = [
  [/^\.\//u, 'Future Option'],
  [/^\//u, 'Future'],
  [/\/USD$/u, 'Cryptocurrency'],
  [/^.{6}\d{6}[CP]\d{8}$/u, 'Equity Option'],
];

export const wireLegs = (legs: readonly Leg[]): WireObject[] =>
  legs.map(([action, quantity, symbol]) => ({
    'instrument-type': TYPE_OF.find(([form]) => form.test(symbol))?.[1] ?? 'Equity',
    symbol,
    action,
    quantity,
  }));

/** A day limit order: a negative price is a debit. */
export const limit = (price: number, legs: readonly Leg[], more: WireObject = {}): WireObject => ({
  'order-type': 'Limit',
  'time-in-force': 'Day',
  price: Math.abs(price).toFixed(2),
  'price-effect': price < 0 ? 'Debit' : 'Credit',
  legs: wireLegs(legs),
  ...more,
});

export const market = (legs: readonly Leg[], more: WireObject = {}): WireObject => ({
  'order-type': 'Market',
  'time-in-force': 'Day',
  legs: wireLegs(legs),
  ...more,
});
