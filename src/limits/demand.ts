import type { Clock } from '../core/clock.ts';

/** How many units a replica needs within a window, by what it needed lately. */
export type Demand = {
  arrived(): void;
  /** Units in one window, with some room for its ups and downs. */
  perWindow(): number;
};

const WEIGHT = 0.3;
const FORGOTTEN_WINDOWS = 8;

export function createDemand(clock: Clock, windowMs: number): Demand {
  let startMs = clock.monotonicMs();
  let count = 0;
  let mean = 0;
  const roll = (): void => {
    const passed = Math.floor((clock.monotonicMs() - startMs) / windowMs);
    if (passed <= 0) return;
    startMs += passed * windowMs;
    mean += WEIGHT * (count - mean);
    mean *= passed > FORGOTTEN_WINDOWS ? 0 : (1 - WEIGHT) ** (passed - 1);
    count = 0;
  };
  return {
    arrived() {
      roll();
      count += 1;
    },
    perWindow() {
      roll();
      const lately = Math.max(mean, count);
      return lately + Math.sqrt(lately);
    },
  };
}
