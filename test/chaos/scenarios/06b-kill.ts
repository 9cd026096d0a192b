import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestEntry } from '../../support/callers/request-ledger.ts';
import { eventually } from '../../support/eventually.ts';
import { pick } from '../crew.ts';
import { judge } from '../judge.ts';
import { complaints, isGood, latencies, startMixedLoad } from '../mixed-load.ts';
import { judgeOrders } from '../place-once.ts';
import type { Scenario } from '../scenario.ts';

const BEFORE_MS = 2000;
const AFTER_MS = 3000;
const NEXT_SUCCESS_MS = 1000;

/** Slow enough that something is always in flight. */
const BROKER_MS = 100;

export const kill: Scenario = Object.freeze({
  number: '6b',
  title: 'kill -9 of one replica of three at a steady load, orders among it',
  expected: 'only its calls in flight fail; next success of any client at most 1 s after; no order lost or doubled',
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
        const dead = performance.now();
        kills.push({ at, dead });
        const isBack = (): boolean => nextSuccessesMs(load.ledger.entries(), dead).every(Number.isFinite);
        // Whoever has none in time is judged by the ledger.
        await eventually(isBack, withinMs(NEXT_SUCCESS_MS)).catch(() => {});
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
    const nextMs = kills.flatMap(({ dead }) => nextSuccessesMs(entries, dead));
    const orders = await judgeOrders(fleet, load.orders);
    return judge(
      [
        {
          what: 'requests failed that were not in flight',
          value: bad.filter((entry) => !inFlight(entry)).length,
          most: 0,
        },
        { what: 'in flight failed', value: bad.filter(inFlight).length, most: kills.length * 24 },
        { what: 'ms to the next success of any client', value: Math.max(...nextMs), most: withinMs(NEXT_SUCCESS_MS) },
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

/** How long after the death each client had its next good answer. */
function nextSuccessesMs(entries: readonly RequestEntry[], dead: number): readonly number[] {
  const byClient = Map.groupBy(entries, ({ client }) => client);
  return [...byClient.values()].map((mine) => {
    const ends = mine.flatMap((entry) => (isGood(entry) ? [entry.sentAt + entry.ms - dead] : []));
    return Math.min(...ends.filter((ms) => ms >= 0));
  });
}
