import type { Clock } from '../core/clock.ts';

/** One unit in use. Until its call has left it counts, and from then on for as long as a unit is held. */
export type UsedUnit = { left(): void; ended(): void };

/** This replica's uses of one budget: the sliding log that its lease, or its share, is held against. */
export type UsedUnits = {
  /** How many count now, of those that have not left or left within `holdMs`. */
  count(holdMs: number): number;
  /** When the oldest that has left stops counting, monotonic; `undefined` when none has. */
  nextFreeMs(holdMs: number): number | undefined;
  use(onLeft: () => void): UsedUnit;
};

export function createUsedUnits(clock: Clock, keptMs: number): UsedUnits {
  const flying = new Set<UsedUnit>();
  /** When those that have left did, oldest first. */
  const left: number[] = [];
  const prune = (nowMs: number): void => {
    const firstKept = left.findIndex((atMs) => atMs + keptMs > nowMs);
    left.splice(0, firstKept === -1 ? left.length : firstKept);
  };
  return {
    count(holdMs) {
      const nowMs = clock.monotonicMs();
      prune(nowMs);
      return flying.size + left.length - gone(left, nowMs - holdMs);
    },
    nextFreeMs(holdMs) {
      const nowMs = clock.monotonicMs();
      prune(nowMs);
      const oldest = left[gone(left, nowMs - holdMs)];
      return oldest === undefined ? undefined : oldest + holdMs;
    },
    use(onLeft) {
      const unit = {
        left(): void {
          if (!flying.delete(unit)) return;
          left.push(clock.monotonicMs());
          onLeft();
        },
        ended: (): void => void flying.delete(unit),
      };
      flying.add(unit);
      return unit;
    },
  };
}

/** How many of these times are not after `untilMs`. */
function gone(times: readonly number[], untilMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= untilMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
