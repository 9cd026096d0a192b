import type { Clock } from './clock.ts';

const WINDOW_MS = 250;
/** Fewer say nothing. */
const ENOUGH = 4;

/** How long everybody had to wait lately: the shortest wait of the last moments, since one that was long may have had its own reasons. */
export type RecentWaits = {
  note(ms: number): void;
  /** In milliseconds; 0 when too few waited to tell. */
  shortestMs(): number;
};

type Span = { readonly fromMs: number; count: number; shortestMs: number };

export function createRecentWaits(clock: Clock): RecentWaits {
  const open = (fromMs: number): Span => ({ fromMs, count: 0, shortestMs: Infinity });
  let last = open(-Infinity);
  let current = open(clock.monotonicMs());

  const turnOver = (): void => {
    const nowMs = clock.monotonicMs();
    if (nowMs - current.fromMs < WINDOW_MS) return;
    last = nowMs - current.fromMs < 2 * WINDOW_MS ? current : open(-Infinity);
    current = open(nowMs);
  };
  return {
    note(ms) {
      turnOver();
      current.count += 1;
      current.shortestMs = Math.min(current.shortestMs, ms);
    },
    shortestMs() {
      turnOver();
      return last.count + current.count < ENOUGH ? 0 : Math.min(last.shortestMs, current.shortestMs);
    },
  };
}
