import type { Clock, EpochMs } from '../core/clock.ts';

/** The simulator's own present: the given clock, moved by as much as somebody commanded. Timers run as before. */
export type ShiftedClock = Clock & {
  shift(byMs: number): void;
  offsetMs(): number;
};

export function createShiftedClock(clock: Clock, offsetMs = 0): ShiftedClock {
  let offset = offsetMs;
  return {
    now: () => (clock.now() + offset) as EpochMs,
    monotonicMs: () => clock.monotonicMs(),
    after: (ms, task) => clock.after(ms, task),
    every: (ms, task) => clock.every(ms, task),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    shift(byMs) {
      offset += byMs;
    },
    offsetMs: () => offset,
  };
}
