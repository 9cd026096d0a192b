import { runCoordinationAway } from '../coordination-away.ts';
import type { Scenario } from '../scenario.ts';

export const redisFrozen: Scenario = Object.freeze({
  number: '7b',
  title: 'Redis is frozen for 8 s: its connections stay open, and nothing is answered',
  expected: 'no crash, reads ≥ 99 %, orders refused within 250 ms with coordination_unavailable, normal ≤ 5 s after',
  async run(fleet, context) {
    const redis = await fleet.redis.master();
    const absence = {
      name: 'frozen',
      take: async () => redis.freeze(),
      giveBack: async () => redis.thaw(),
      awayMs: context.short ? 3000 : 8000,
      normalWithinMs: 5000,
    };
    return runCoordinationAway(fleet, absence, context);
  },
} satisfies Scenario);
