import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestEntry } from '../../support/callers/request-ledger.ts';
import { pick } from '../crew.ts';
import { judge } from '../judge.ts';
import { complaints, isGood, latencies, startMixedLoad } from '../mixed-load.ts';
import { judgeOrders } from '../place-once.ts';
import type { Scenario } from '../scenario.ts';

const BEFORE_MS = 2000;
const AFTER_MS = 3000;
const READ_MS = 1000;
/** An order that was on its way when its replica died is looked for eight seconds after it was sent. */
const ORDER_MS = 12_000;

/** Slow enough that something is always in flight. */
const BROKER_MS = 100;

export const kill: Scenario = Object.freeze({
  number: '6b',
  title: 'kill -9 of one replica of three at a steady load, orders among it',
  expected:
    'only its calls in flight fail; later reads take 1 s at most, orders 12 s to their last word; none lost or doubled',
  async run(fleet, { short, say, withinMs }) {
    const load = await startMixedLoad(fleet, {
      name: 'kill',
      perSecond: short ? 30 : 100,
      clients: { 2025: 12, 2026: 12 },
      tenants: 6,
      orders: true,
      brokerMs: BROKER_MS,
    });
    const kills: { readonly at: number; readonly dead: number }[] = [];
    try {
      for (let round = 0; round < (short ? 1 : 3); round += 1) {
        await sleep(BEFORE_MS);
        const victim = pick(fleet.replicas, round + 1);
        const at = performance.now();
        await victim.kill();
        kills.push({ at, dead: performance.now() });
        await sleep(AFTER_MS);
        await victim.restart();
        say(`kill ${round + 1}`);
      }
    } finally {
      await load.end();
    }
    const entries = load.ledger.entries();
    const bad = entries.filter((entry) => !isGood(entry));
    const inFlight = ({ sentAt, ms }: RequestEntry): boolean =>
      kills.some(({ at, dead }) => sentAt <= dead && sentAt + ms >= at);
    const later = entries.filter(
      ({ what, sentAt }) =>
        !what.endsWith('place_order') && kills.some(({ dead }) => sentAt >= dead && sentAt < dead + AFTER_MS),
    );
    const ordersMs = load.orders.map(({ entries: own }) => ownMs(own));
    const orders = await judgeOrders(fleet, load.orders);
    return judge(
      [
        {
          what: 'requests failed that were not in flight',
          value: bad.filter((entry) => !inFlight(entry)).length,
          most: 0,
        },
        { what: 'in flight failed', value: bad.filter(inFlight).length, most: kills.length * 24 },
        {
          what: `ms at the most of ${later.length} reads soon after`,
          value: Math.max(...later.map(({ ms }) => ms)),
          most: withinMs(READ_MS),
        },
        { what: 'ms at the most to the last word of an order', value: Math.max(...ordersMs), most: withinMs(ORDER_MS) },
        { what: 'handled twice', value: fleet.handled.twice().length, most: 0 },
        { what: `of ${load.orders.length} orders lost`, value: orders.lost.length, most: 0 },
        { what: 'doubled', value: orders.doubled.length, most: 0 },
      ],
      {
        ...load.conditions,
        ...latencies(entries),
        kills: kills.length,
        requests: entries.length,
        complaints: complaints(entries),
        orders,
      },
    );
  },
} satisfies Scenario);

/** From the first request that it took to the end of the last. */
function ownMs(entries: readonly RequestEntry[]): number {
  const [first, last] = [entries[0], entries.at(-1)];
  return first === undefined || last === undefined ? Number.NaN : last.sentAt + last.ms - first.sentAt;
}
