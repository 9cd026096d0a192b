import type { Clock } from '../../../core/clock.ts';

const SWEEP_AT = 10_000;
const MOST_OWED_MS = 1000;

/** So many a second for each party, and a second's worth at once. Nobody waits: what is too much is refused. */
export type Rates = {
  /** Takes one, if there is one. */
  take(party: string): boolean;
  /** Takes so many, whether they are there or not: what is owed is made good before more is given, and is never more than a second's worth. */
  charge(party: string, count: number): void;
};

export function createRates(clock: Clock, perSecond: number): Rates {
  const stepMs = 1000 / perSecond;
  const burstMs = 1000 - stepMs;
  // For each party the time at which all that it took will have been made good.
  const evenMs = new Map<string, number>();
  const sweep = (nowMs: number): void => {
    for (const [party, even] of evenMs) if (even <= nowMs) evenMs.delete(party);
  };
  const evenOf = (party: string, nowMs: number): number => Math.max(nowMs, evenMs.get(party) ?? nowMs);
  const set = (party: string, even: number, nowMs: number): void => {
    if (evenMs.size >= SWEEP_AT && !evenMs.has(party)) sweep(nowMs);
    evenMs.set(party, even);
  };
  return {
    take(party) {
      const nowMs = clock.monotonicMs();
      const even = evenOf(party, nowMs);
      if (even - nowMs > burstMs) return false;
      set(party, even + stepMs, nowMs);
      return true;
    },
    charge(party, count) {
      const nowMs = clock.monotonicMs();
      set(party, Math.min(evenOf(party, nowMs) + count * stepMs, nowMs + burstMs + MOST_OWED_MS), nowMs);
    },
  };
}
