import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestEntry } from '../support/callers/request-ledger.ts';
import type { Fleet } from '../support/processes/fleet.ts';
import { watchCrashes } from './crashes.ts';
import { type Check, judge, percentile } from './judge.ts';
import { complaints, isGood, latencies, startMixedLoad } from './mixed-load.ts';
import { normalAfterMs, startOrderProbes, untilAsked, untilNormal } from './order-probes.ts';
import { judgeOrders } from './place-once.ts';
import type { Outcome, ScenarioContext } from './scenario.ts';

export type Absence = {
  readonly name: string;
  /** Takes Redis away. */
  readonly take: () => Promise<void>;
  /** Gives it back after `awayMs`. Absent where it comes back by itself: then orders need not be refused meanwhile. */
  readonly giveBack?: () => Promise<void>;
  readonly awayMs: number;
  /** How soon every replica takes orders again: from its return, or from its loss where it comes back by itself. */
  readonly normalWithinMs: number;
};

const BEFORE_MS = 3000;
const REFUSED_WITHIN_MS = 250;
const TYPED = 'coordination_unavailable';
const READS_SHARE = 0.99;

/** Reads go on and orders are refused while Redis is away; afterwards everything is as before, and nothing has crashed. */
export async function runCoordinationAway(
  fleet: Fleet,
  absence: Absence,
  { short, say, withinMs }: ScenarioContext,
): Promise<Outcome> {
  const crashes = watchCrashes(fleet);
  const load = await startMixedLoad(fleet, {
    name: `${absence.name}-reads`,
    perSecond: short ? 30 : 60,
    clients: { 2025: 0, 2026: 12 },
    tenants: 6,
    orders: false,
  });
  const watch = await startOrderProbes(fleet, `${absence.name}-orders`);
  await sleep(BEFORE_MS);
  const from = performance.now();
  await absence.take();
  const gone = performance.now();
  say('Redis is away');
  if (absence.giveBack !== undefined) await untilAsked(fleet, watch, { since: gone, ms: absence.awayMs });
  const backFrom = performance.now();
  await absence.giveBack?.();
  const back = absence.giveBack === undefined ? from : performance.now();
  say('Redis is told to be back');
  await untilNormal(fleet, watch, { since: back, withinMs: withinMs(absence.normalWithinMs) });
  await load.end();
  const orders = await watch.end();

  const reads = load.ledger.entries().filter(({ sentAt }) => sentAt >= from);
  // All that had time enough to be refused before it came back, whenever they were answered.
  const during = watch.probes.filter(
    ({ entry }) => entry.sentAt >= gone && entry.sentAt < backFrom - REFUSED_WITHIN_MS,
  );
  const refusals = watch.probes.filter(({ entry }) => entry.sentAt >= from && entry.why !== undefined);
  const tolerated = refusals.filter(({ entry }) => entry.why === TYPED);
  const refusedMs = during.map(({ entry }) => entry.ms);
  const verdict = await judgeOrders(
    fleet,
    orders.filter(({ final, externalId }) => final !== 'unknown' || externalId),
  );
  const away: readonly Check[] =
    absence.giveBack === undefined
      ? []
      : [
          { what: 'orders asked for while it was away', value: during.length, least: fleet.replicas.length },
          {
            what: `not refused with ${TYPED}`,
            value: during.filter(({ entry }) => entry.why !== TYPED).length,
            most: 0,
          },
          // Beside other tests a single answer may wait for the processor: there the usual one is judged.
          { what: 'ms to refuse', value: percentile(refusedMs, short ? 0.5 : 1), most: withinMs(REFUSED_WITHIN_MS) },
        ];
  return judge(
    [
      ...away,
      { what: `of ${refusals.length} refusals with another code`, value: refusals.length - tolerated.length, most: 0 },
      { what: '% of reads answered', value: 100 * shareGood(reads), least: 100 * READS_SHARE },
      {
        what: `ms until every replica took orders again`,
        value: Math.max(...normalAfterMs(watch.probes, back)),
        most: withinMs(absence.normalWithinMs),
      },
      { what: 'crashed', value: crashes().length, most: 0 },
      { what: 'orders lost or doubled', value: verdict.lost.length + verdict.doubled.length, most: 0 },
    ],
    {
      ...load.conditions,
      awayMs: Math.round(backFrom - gone),
      reads: reads.length,
      ...latencies(reads),
      complaints: complaints(reads),
      refusals: complaints(refusals.map(({ entry }) => entry)),
      orders: verdict,
      crashes: crashes(),
    },
  );
}

const shareGood = (entries: readonly RequestEntry[]): number => entries.filter(isGood).length / entries.length;
