import { setTimeout as sleep } from 'node:timers/promises';
import { watchCrashes } from '../crashes.ts';
import { judge } from '../judge.ts';
import { complaints } from '../mixed-load.ts';
import { normalAfterMs, startOrderProbes, untilAsked, untilNormal } from '../order-probes.ts';
import { judgeOrders } from '../place-once.ts';
import type { Scenario } from '../scenario.ts';

const CALM_MS = 2000;
const NORMAL_WITHIN_MS = 5000;

/** When its shutdown began and had ended, and when its start began and had ended, by this process's monotonic clock. */
type Absence = { readonly going: number; readonly gone: number; readonly coming: number; readonly back: number };

/** As the simulator tells times. */
const wallMs = (monotonic: number): number => performance.timeOrigin + monotonic;

export const postgresRestarted: Scenario = Object.freeze({
  number: '7c',
  title: 'PostgreSQL is restarted while orders come in at every replica',
  expected: 'orders refused while it is away, none lost, none doubled, no crash, normal ≤ 5 s after',
  async run(fleet, { short, say, withinMs }) {
    const crashes = watchCrashes(fleet);
    const watch = await startOrderProbes(fleet, 'database');
    const absences: Absence[] = [];
    for (let round = 0; round < (short ? 1 : 3); round += 1) {
      await sleep(CALM_MS);
      const going = performance.now();
      await fleet.postgres.halt();
      const gone = performance.now();
      say('PostgreSQL is away');
      await untilAsked(fleet, watch, { since: gone, ms: short ? 2000 : 5000 });
      const coming = performance.now();
      await fleet.postgres.resume();
      absences.push({ going, gone, coming, back: performance.now() });
      await untilNormal(fleet, watch, { since: performance.now(), withinMs: withinMs(NORMAL_WITHIN_MS) });
    }
    const orders = await watch.end();
    const { firstSubmittedAt } = await fleet.desk.counters();
    const sentWhileAway = Object.values(firstSubmittedAt).filter((at) =>
      absences.some(({ gone, coming }) => at > wallMs(gone) && at < wallMs(coming)),
    );
    const during = watch.probes.filter(({ entry }) =>
      absences.some(({ gone, coming }) => entry.sentAt > gone && entry.sentAt + entry.ms < coming),
    );
    // What was refused before anything was written down is no order; what has a name, or was told as an order, is judged.
    const verdict = await judgeOrders(
      fleet,
      orders.filter(({ final, externalId }) => final !== 'unknown' || externalId !== undefined),
    );
    const normalMs = absences.flatMap(({ back }, at) => {
      const until = absences[at + 1]?.going ?? Infinity;
      return normalAfterMs(
        watch.probes.filter(({ entry }) => entry.sentAt + entry.ms < until),
        back,
      );
    });
    return judge(
      [
        { what: 'orders asked for while it was away', value: during.length, least: fleet.replicas.length },
        { what: 'accepted', value: during.filter(({ isAccepted }) => isAccepted).length, most: 0 },
        { what: 'sent to the broker meanwhile', value: sentWhileAway.length, most: 0 },
        { what: `of ${verdict.inBook} in the book lost`, value: verdict.lost.length, most: 0 },
        { what: 'doubled', value: verdict.doubled.length, most: 0 },
        {
          what: 'ms until every replica took orders again',
          value: Math.max(...normalMs),
          most: withinMs(NORMAL_WITHIN_MS),
        },
        { what: 'crashed', value: crashes().length, most: 0 },
      ],
      {
        restarts: absences.length,
        orders: verdict,
        crashes: crashes(),
        refusals: complaints(watch.probes.filter(({ isAccepted }) => !isAccepted).map(({ entry }) => entry)),
        normalMs,
      },
    );
  },
} satisfies Scenario);
