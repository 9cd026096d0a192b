import { setTimeout as sleep } from 'node:timers/promises';
import type { McpClient } from '../../support/callers/mcp-client.ts';
import { eventually } from '../../support/eventually.ts';
import type { Fleet } from '../../support/processes/fleet.ts';
import { createCrew } from '../crew.ts';
import { judge, percentile } from '../judge.ts';
import { type QuoteWatcher, WATCHED, createWatchers, freshAfterMs, lookAtQuote, metricOf } from '../quote-watch.ts';
import type { Scenario } from '../scenario.ts';

const FRESH_MS = 3000;
const GIVE_UP_MS = 20_000;
const FACTOR = 1.3;
/** The simulator tells of a move with its next tick, and the feed gathers for a while. */
const TICK_MS = 1500;
/** Long enough for each server to have shown that it answers keepalives. */
const BEFORE_FREEZE_MS = 3500;
const ORDER = { legs: [{ symbol: WATCHED, action: 'Buy', quantity: 1 }] };

/** An order without a price of its own, as it was priced. `confirmedTo`: the latest that its quote was confirmed. */
type Priced = { readonly mid: number; readonly confirmedTo: number; readonly sentAt: number };

export const feedDropped: Scenario = Object.freeze({
  number: '8',
  title: 'DXLink is dropped 20 times, and half-open once, while orders are priced and the market moves',
  expected: 'fresh again p95 ≤ 3 s on all replicas, a gap told each time, no stale quote used in a price',
  async run(fleet, { short, say, withinMs }) {
    const drops = short ? 4 : 20;
    const crew = await createCrew(fleet, 'dropped', short ? 2 : 5);
    const watchers = createWatchers(fleet, crew, 'dropped');
    await settle(watchers);
    const gapsBefore = await sum(fleet, 'gateway_relay_gaps_total');
    const reconnectsBefore = await sum(fleet, 'gateway_feed_reconnects_total');
    const freshMs: number[] = [];
    const prices: Priced[] = [];
    const stale: Priced[] = [];
    for (let round = 0; round <= drops; round += 1) {
      const isHalfOpen = round === drops;
      if (isHalfOpen) await sleep(BEFORE_FREEZE_MS);
      const seen = await breakFeed(fleet, watchers, { isHalfOpen, isUp: round % 2 === 0 });
      freshMs.push(...seen.freshMs);
      prices.push(...seen.prices);
      stale.push(...seen.stale);
      say(
        `${isHalfOpen ? 'half-open' : `drop ${round + 1}`}: fresh again after ${Math.round(Math.max(...seen.freshMs))} ms`,
      );
      await sleep(500);
    }
    const told = (await sum(fleet, 'gateway_relay_gaps_total')) - gapsBefore;
    const reconnects = (await sum(fleet, 'gateway_feed_reconnects_total')) - reconnectsBefore;
    const gaps = (drops + 1) * crew.length;
    return judge(
      [
        { what: 'ms until fresh again (p95)', value: percentile(freshMs, 0.95), most: withinMs(FRESH_MS) },
        { what: `of ${gaps} gaps noticed by owners`, value: reconnects, least: gaps },
        {
          what: `of ${gaps * (fleet.replicas.length - 1)} told by followers`,
          value: told,
          least: gaps * (fleet.replicas.length - 1),
        },
        { what: `of ${prices.length} prices made of stale quotes`, value: stale.length, most: 0 },
        { what: 'prices', value: prices.length, least: gaps },
      ],
      {
        drops,
        tenants: crew.length,
        replicas: fleet.replicas.length,
        freshMs: { p50: percentile(freshMs, 0.5), p99: percentile(freshMs, 0.99), worst: Math.max(...freshMs) },
        halfOpenMs: Math.max(...freshMs.slice(-watchers.length)),
        stale: stale.slice(0, 5),
      },
    );
  },
} satisfies Scenario);

async function settle(watchers: readonly QuoteWatcher[]): Promise<void> {
  await eventually(
    async () => (await Promise.all(watchers.map(lookAtQuote))).every((seen) => seen !== undefined),
    60_000,
  );
}

const sum = async (fleet: Fleet, name: string): Promise<number> =>
  (await Promise.all(fleet.replicas.map((each) => metricOf(each.url(), name)))).reduce((all, one) => all + one, 0);

type Break = { readonly isHalfOpen: boolean; readonly isUp: boolean };

/** The market moves and the feed breaks at one moment: whoever goes on with what it had is found out by the price. */
async function breakFeed(fleet: Fleet, watchers: readonly QuoteWatcher[], { isHalfOpen, isUp }: Break) {
  const [first] = watchers;
  const before = first === undefined ? undefined : await lookAtQuote(first);
  if (before === undefined) throw new Error('No quote before the feed is broken');
  const customers = new Set(watchers.map(({ sailor }) => sailor.customer));
  const each = (act: (filter: { kind: 'dxlink'; customerId: string }) => Promise<number>): Promise<number[]> =>
    Promise.all([...customers].map((customerId) => act({ kind: 'dxlink', customerId })));
  if (isHalfOpen) await each(fleet.desk.freezeSockets);
  await fleet.desk.moveMarket(WATCHED, isUp ? FACTOR : 1 / FACTOR);
  const movedAt = performance.now();
  if (!isHalfOpen) await each(fleet.desk.dropSockets);
  const [freshMs, prices] = await Promise.all([
    freshAfterMs(watchers, movedAt, GIVE_UP_MS),
    Promise.all(watchers.map(({ client }) => priceOrder(client))).then((all) => all.filter((one) => one !== undefined)),
  ]);
  if (isHalfOpen) await fleet.desk.reset();
  const boundary = before.bid * (isUp ? Math.sqrt(FACTOR) : 1 / Math.sqrt(FACTOR));
  const isOld = ({ mid }: Priced): boolean => (isUp ? mid < boundary : mid > boundary);
  const stale = prices.filter((price) => isOld(price) && price.confirmedTo > movedAt + TICK_MS);
  return { freshMs, prices, stale };
}

async function priceOrder(client: McpClient): Promise<Priced | undefined> {
  const { entry, reply } = await client.call('preview_order', ORDER);
  const market = (reply?.data['market'] ?? {}) as Record<string, unknown>;
  const [mid, ageMs] = [Math.abs(Number(market['mid'])), Number(market['age_ms'])];
  if (!Number.isFinite(mid) || !Number.isFinite(ageMs)) return undefined;
  return { mid, confirmedTo: entry.sentAt - ageMs, sentAt: entry.sentAt };
}
