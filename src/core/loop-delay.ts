import type { Clock } from './clock.ts';

const TICK_MS = 20;
/** One long turn is a hiccup; several in a row are a process that does not keep up. */
const TICKS = 3;

/** How late this process comes to what is due. */
export type LoopDelay = {
  /** Milliseconds by which each of the last ticks was late, at the least. */
  lastingMs(): number;
  close(): void;
};

export function createLoopDelay(clock: Clock): LoopDelay {
  let late: number[] = [];
  let dueMs = clock.monotonicMs() + TICK_MS;
  const timer = clock.every(TICK_MS, () => {
    const nowMs = clock.monotonicMs();
    late = [...late, Math.max(0, nowMs - dueMs)].slice(-TICKS);
    dueMs = nowMs + TICK_MS;
  });
  return {
    lastingMs: () => (late.length < TICKS ? 0 : Math.min(...late)),
    close: () => timer.cancel(),
  };
}
