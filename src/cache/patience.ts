import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { SharedLevel } from './shared-level.ts';

/** The shared level cannot be asked: this replica is on its own. */
export class Unreachable extends Error {}

/** Asks the shared level. Throws `Unreachable`, and nothing else. */
export type Patiently = <Value>(ask: () => Promise<Value>) => Promise<Value>;

const GRACE_MS = 600;
const AGAIN_MS = 60;

/**
 * Asks again for a moment before it gives up, since a process that was busy takes Redis for away now and then; but not when
 * Redis has been away for longer than that already.
 */
export function createPatience(level: Pick<SharedLevel, 'isAway'>, clock: Clock, log: Log): Patiently {
  let awaySinceMs: number | undefined;
  return async (ask) => {
    if (!level.isAway) awaySinceMs = undefined;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const isAway = error instanceof GatewayError && error.code === 'coordination_unavailable';
        if (!isAway) log.error({ error }, 'The shared cache failed');
        awaySinceMs ??= clock.monotonicMs();
        if (!isAway || clock.monotonicMs() - awaySinceMs > GRACE_MS)
          throw new Unreachable('No answer', { cause: error });
      }
      await clock.sleep(AGAIN_MS);
    }
  };
}
