import { runCoordinationAway } from '../coordination-away.ts';
import type { Scenario } from '../scenario.ts';

export const redisStopped: Scenario = Object.freeze({
  number: '7a',
  title: 'Redis is killed, and started again empty after 30 s',
  expected: 'no crash, reads ≥ 99 %, orders refused within 250 ms with coordination_unavailable, normal ≤ 5 s after',
  async run(fleet, context) {
    const redis = await fleet.redis.master();
    const absence = {
      name: 'stopped',
      take: () => redis.kill(),
      giveBack: () => redis.start(),
      awayMs: context.short ? 4000 : 30_000,
      normalWithinMs: 5000,
    };
    return runCoordinationAway(fleet, absence, context);
  },
} satisfies Scenario);
