import type { Clock } from '../core/clock.ts';
import { hasCode } from '../core/errors.ts';

const AGAIN_MS = 100;

/**
 * Does what needs the other replicas, and again for `forMs` while they cannot be reached: a moment of that is no reason to refuse
 * somebody. Throws `coordination_unavailable` after that. The work may have been done by a try that was not answered.
 */
export async function waitOut<Value>(clock: Clock, forMs: number, work: () => Promise<Value>): Promise<Value> {
  const giveUpMs = clock.monotonicMs() + forMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isOutage = hasCode(error, 'coordination_unavailable');
      if (!isOutage || clock.monotonicMs() >= giveUpMs) throw error;
      await clock.sleep(AGAIN_MS);
    }
  }
}
