import type { Clock } from '../../core/clock.ts';
import { hasCode } from '../../core/errors.ts';
import type { Fleet } from '../../fleet/fleet.ts';

/** Does it with the other replicas, or without them while they cannot be reached. */
export type OrAlone = <Value>(together: () => Promise<Value>, alone: () => Promise<Value>) => Promise<Value>;

/**
 * A process that was busy for a moment takes the others for away. Going on alone costs a login of its own, so that it
 * first waits this long for them; not again while they stay away.
 */
const PATIENCE_MS = 1000;
const MOST_TRIES = 10;

const isUnreachable = (error: unknown): boolean => hasCode(error, 'coordination_unavailable');

export type OrAloneParts = { readonly fleet: Pick<Fleet, 'isAway' | 'onPresence'>; readonly clock: Clock };

export function createOrAlone({ fleet, clock }: OrAloneParts): { readonly orAlone: OrAlone; close(): void } {
  let awaySinceMs = clock.monotonicMs();
  let changed = Promise.withResolvers<void>();
  const close = fleet.onPresence((isAway) => {
    if (isAway) awaySinceMs = clock.monotonicMs();
    changed.resolve();
    changed = Promise.withResolvers();
  });

  /** False when they have been away for longer than anybody waits. */
  async function areBack(): Promise<boolean> {
    while (fleet.isAway) {
      const leftMs = awaySinceMs + PATIENCE_MS - clock.monotonicMs();
      if (leftMs <= 0) return false;
      const waiting = new AbortController();
      const timeout = clock.sleep(leftMs, waiting.signal).catch(() => {});
      await Promise.race([changed.promise, timeout]);
      waiting.abort();
    }
    return true;
  }

  async function orAlone<Value>(together: () => Promise<Value>, alone: () => Promise<Value>): Promise<Value> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      try {
        return await together();
      } catch (error) {
        if (!isUnreachable(error)) throw error;
      }
      if (!(await areBack())) break;
    }
    return alone();
  }

  return { orAlone, close };
}
