import type { Clock } from '../../../core/clock.ts';

const SWEEP_AT = 10_000;

/** So many a second for each party, and a second's worth at once. Nobody waits: what is too much is refused. */
export type Rates = {
  /** Takes one, if there is one. */
  take(party: string): boolean;
};

export function createRates(clock: Clock, perSecond: number): Rates {
  const stepMs = 1000 / perSecond;
  const burstMs = 1000 - stepMs;
  // For each party the time at which all that it took will have been made good.
  const evenMs = new Map<string, number>();
  const sweep = (nowMs: number): void => {
    for (const [party, even] of evenMs) if (even <= nowMs) evenMs.delete(party);
  };
  return {
    take(party) {
      const nowMs = clock.monotonicMs();
      const even = Math.max(nowMs, evenMs.get(party) ?? nowMs);
      if (even - nowMs > burstMs) return false;
      if (evenMs.size >= SWEEP_AT && !evenMs.has(party)) sweep(nowMs);
      evenMs.set(party, even + stepMs);
      return true;
    },
  };
}
