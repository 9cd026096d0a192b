import { measureOverload } from '../../support/load/measure-overload.ts';
import { USUAL_BOUNDS } from '../../support/wide-bounds.ts';
import { judge } from '../judge.ts';
import type { Scenario } from '../scenario.ts';

const FACTOR = 5;
const SERVED_MS = 250;
const REFUSED_MS = 20;
/** While hundreds of new connections are taken up. */
const ONSET_MS = 500;
const PERCENT = 100;

export const overload: Scenario = Object.freeze({
  number: '9a',
  title: 'Five times what a replica can serve is asked of it, cancels among it',
  expected:
    'served p99 at most 250 ms, refused p99 at most 20 ms after a first second, 99 % of the cancels done, nothing lost',
  // The loader, the broker and a replica: more of them would only take each other's cores.
  fleet: { replicas: 1, env: USUAL_BOUNDS },
  async run(fleet, { short, withinMs }) {
    const [replica] = fleet.replicas;
    if (replica === undefined) throw new Error('A fleet without a replica');
    const plan = { tenants: 40, seconds: short ? 3 : 8, factor: FACTOR, cancelsPerSecond: 10, reads: 'cheap' } as const;
    const report = await measureOverload({ replica, members: fleet, desk: fleet.desk, ...plan });
    const { onset, reads, cancels, capacity, leftWorking } = report;
    return judge(
      [
        { what: 'ms p99 of what was served', value: reads.p99 ?? Number.NaN, most: withinMs(SERVED_MS) },
        { what: 'ms p99 of what was refused', value: reads.shedP99 ?? Number.NaN, most: withinMs(REFUSED_MS) },
        { what: '% of the cancels done', value: (PERCENT * cancels.ok) / cancels.sent, least: 99 },
        {
          what: 'orders left working that were said to be cancelled',
          value: leftWorking - (cancels.sent - cancels.ok),
          most: 0,
        },
        { what: `of ${onset.sent + reads.sent} reads without an answer`, value: onset.failed + reads.failed, most: 0 },
        {
          what: 'ms p99 of refusals in the first second',
          value: onset.shedP99 ?? Number.NaN,
          most: withinMs(ONSET_MS),
        },
        { what: '% refused', value: (PERCENT * reads.shed) / reads.sent, least: 1 },
      ],
      { ...plan, capacityPerSecond: capacity, onset, reads, cancels, leftWorking },
    );
  },
} satisfies Scenario);
