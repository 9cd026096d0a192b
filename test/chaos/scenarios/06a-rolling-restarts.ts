import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { pick } from '../crew.ts';
import { judge } from '../judge.ts';
import { complaints, isGood, latencies, startMixedLoad } from '../mixed-load.ts';
import { judgeOrders } from '../place-once.ts';
import type { Scenario } from '../scenario.ts';
import { unloggedOf } from '../unlogged.ts';

const READY_MS = 30_000;
/** The load before, between and after the restarts. */
const CALM_MS = 1000;

/** Slow enough that something is always in flight. */
const BROKER_MS = 100;

export const rollingRestarts: Scenario = Object.freeze({
  number: '6a',
  title: 'Rolling restarts at a steady load of both eras, orders among it',
  expected: '10 restarts: 0 requests lost, 0 shed, 0 handled twice, no order lost, refused or doubled',
  async run(fleet, { short, say }) {
    const restarts = short ? 1 : 10;
    const load = await startMixedLoad(fleet, {
      name: 'rolling',
      perSecond: short ? 30 : 100,
      clients: { 2025: 12, 2026: 12 },
      tenants: 6,
      orders: true,
      brokerMs: BROKER_MS,
    });
    const endedMs: number[] = [];
    try {
      for (let at = 0; at < restarts; at += 1) {
        await sleep(CALM_MS);
        const replica = pick(fleet.replicas, at);
        const toldAt = performance.now();
        await replica.retire();
        endedMs.push(Math.round(performance.now() - toldAt));
        await replica.restart();
        await eventually(async () => (await fleet.proxy.readyServers()) === fleet.replicas.length, READY_MS);
        say(`restart ${at + 1} of ${restarts}; it ended in ${endedMs.at(-1)} ms`);
      }
      await sleep(CALM_MS);
    } finally {
      await load.end();
    }
    const entries = load.ledger.entries();
    const bad = entries.filter((entry) => !isGood(entry));
    const unlogged = await unloggedOf(fleet, entries);
    const orders = await judgeOrders(fleet, load.orders);
    const rejected = load.orders.filter(({ final }) => final === 'rejected');
    return judge(
      [
        {
          what: `of ${entries.length} requests lost`,
          value: bad.filter(({ fate }) => fate !== 'shed').length,
          most: 0,
        },
        { what: 'shed', value: bad.filter(({ fate }) => fate === 'shed').length, most: 0 },
        { what: 'without an end', value: load.ledger.open(), most: 0 },
        { what: 'answered that no replica knows of', value: unlogged, most: 0 },
        { what: 'handled twice', value: fleet.handled.twice().length, most: 0 },
        { what: `of ${load.orders.length} orders lost`, value: orders.lost.length, most: 0 },
        // On a machine that is busy with other tests a draft may wait for too long to be sent any more.
        { what: 'told as not carried out', value: rejected.length, most: short ? Infinity : 0 },
        { what: 'doubled', value: orders.doubled.length, most: 0 },
        { what: 'restarts', value: endedMs.length, least: restarts },
      ],
      {
        ...load.conditions,
        ...latencies(entries),
        endedMs,
        complaints: complaints(entries),
        orders,
        byReplica: fleet.handled.byReplica(),
      },
    );
  },
} satisfies Scenario);
