import { toNumber } from '../../core/decimal.ts';
import type { WireObject } from '../engine/desk.ts';
import type { Contract } from '../engine/market.ts';
import { notFound } from '../wire-refusal.ts';
import { numberText } from '../wire-text.ts';
import { createBoundedMemo } from '../engine/bounded-memo.ts';
import type { World } from '../world.ts';
import { dividendsOf, earningsOf, type Quarter } from './corporate-events.ts';
import { date } from './dates.ts';
import { metricsWire } from './metrics-wire.ts';
import { looseValues, requiredText } from './query.ts';
import { bareList, get, param, type Call, type Route } from './route.ts';

const REMEMBERED = 500;
const AMOUNT_PLACES = 2;

/** Volatility, liquidity and company facts. Like the real service, it sends no `context`. */
export function marketMetricsRoutes(world: World): readonly Route[] {
  const { market, clock } = world;
  const remembered = createBoundedMemo<string, WireObject>(REMEMBERED);
  const listed = (symbol: string): Contract | undefined => {
    const contract = market.find(symbol, clock.now());
    return contract !== undefined && contract.option === undefined ? contract : undefined;
  };
  const required = (call: Call): Contract => {
    const contract = listed(param(call, '*'));
    if (contract === undefined) throw notFound(`symbol ${param(call, '*')}`);
    return contract;
  };
  return [
    get('/market-metrics', (call) => {
      requiredText(call.query, 'symbols');
      const contracts = looseValues(call.query, 'symbols').flatMap((symbol) => listed(symbol) ?? []);
      return bareList(contracts.map((contract) => metricsOf(world, contract, remembered)));
    }),
    get('/market-metrics/historic-corporate-events/dividends/*', (call) => {
      const contract = required(call);
      const now = clock.now();
      const price = toNumber(market.quote(contract, now).mark);
      const events = dividendsOf(contract.listing, price, market.calendar.dateAt(now));
      return bareList((events?.past ?? []).map((quarter) => quarterWire('amount', quarter)));
    }),
    get('/market-metrics/historic-corporate-events/earnings-reports/*', (call) => {
      const contract = required(call);
      requiredText(call.query, 'start-date');
      const [from, to] = [date(call.query, 'start-date') ?? '', date(call.query, 'end-date') ?? '9999'];
      const events = earningsOf(contract.listing, market.calendar.dateAt(clock.now()));
      const oldestFirst = (events?.past ?? [])
        .toReversed()
        .filter((quarter) => quarter.date >= from && quarter.date <= to);
      return bareList(oldestFirst.map((quarter) => quarterWire('eps', quarter)));
    }),
  ];
}

const MINUTE_MS = 60_000;

/** The service refreshes them about once a minute. */
function metricsOf(world: World, contract: Contract, remembered: Memo): WireObject {
  const minute = Math.floor(world.clock.now() / MINUTE_MS);
  return remembered.get(`${minute} ${contract.symbol}`, () => metricsWire(world.market, contract, world.clock.now()));
}

type Memo = ReturnType<typeof createBoundedMemo<string, WireObject>>;

const quarterWire = (key: string, { date: occurred, amount }: Quarter): WireObject => ({
  'occurred-date': occurred,
  [key]: numberText(amount, AMOUNT_PLACES),
});
