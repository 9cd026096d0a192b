import { runCoordinationAway } from '../coordination-away.ts';
import type { Scenario } from '../scenario.ts';

export const failover: Scenario = Object.freeze({
  number: '7d',
  title: 'The Redis master is killed; three Sentinels make the replica master',
  expected:
    'every replica takes orders again ≤ 7 s after, reads ≥ 99 %, no crash, every refusal coordination_unavailable',
  fleet: { sentinel: true },
  async run(fleet, context) {
    const master = await fleet.redis.master();
    const absence = { name: 'failover', take: () => master.kill(), awayMs: 0, normalWithinMs: 7000 };
    return runCoordinationAway(fleet, absence, context);
  },
} satisfies Scenario);
