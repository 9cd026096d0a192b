import type { Clock } from '../core/clock.ts';
import { hasCode } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { SharedLevel } from './shared-level.ts';

/** The shared level cannot be asked: this replica is on its own. */
export class Unreachable extends Error {}

/** Asks the shared level. Throws `Unreachable`, and nothing else. */
export type Patiently = <Value>(ask: () => Promise<Value>) => Promise<Value>;

const AGAIN_MS = 60;
/** Counted, and not timed: in a process that is busy for a second, a second passes between two of them. */
const MAX_TRIES = 10;

/**
 * Asks again for a moment before it gives up, since a process that was busy takes Redis for away now and then; but not when
 * Redis has been away for longer than that already.
 */
export function createPatience(level: Pick<SharedLevel, 'isAway'>, clock: Clock, log: Log): Patiently {
  let isGivenUp = false;
  return async (ask) => {
    isGivenUp &&= level.isAway;
    for (let tries = 1; ; tries += 1) {
      try {
        return await ask();
      } catch (error) {
        const isAway = hasCode(error, 'coordination_unavailable');
        if (!isAway) log.error({ error }, 'The shared cache failed');
        if (!isAway || isGivenUp || tries > MAX_TRIES) {
          isGivenUp ||= isAway;
          throw new Unreachable('No answer', { cause: error });
        }
      }
      await clock.sleep(AGAIN_MS);
    }
  };
}
