import type { Clock } from '../../core/clock.ts';

/** Lets each name through once. */
export type OnceOnly = {
  /** True the first time within `ttlMs`, false ever after. */
  claim(name: string, ttlMs: number): Promise<boolean>;
};

/** In this process only: across replicas a shared store has to take its place. */
export function createMemoryOnceOnly(clock: Clock): OnceOnly {
  const forgetAt = new Map<string, number>();
  const sweep = (): void => {
    for (const [name, at] of forgetAt) {
      if (at > clock.monotonicMs()) break;
      forgetAt.delete(name);
    }
  };
  return {
    async claim(name, ttlMs) {
      sweep();
      if (forgetAt.has(name)) return false;
      forgetAt.set(name, clock.monotonicMs() + ttlMs);
      return true;
    },
  };
}
