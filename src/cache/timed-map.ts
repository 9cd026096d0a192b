import type { Clock } from '../core/clock.ts';

/** A map of what ends by itself; beyond its measure the oldest makes room. */
export type TimedMap<Value> = {
  get(key: string): Value | undefined;
  /** Of what is there. */
  leftMs(key: string): number;
  set(key: string, value: Value, lifeMs: number): void;
  remove(key: string): void;
  /** Gives up the room of what has ended. */
  sweep(): void;
};

export function createTimedMap<Value>(clock: Clock, max: number): TimedMap<Value> {
  const entries = new Map<string, { readonly value: Value; readonly endsAtMs: number }>();
  const leftMs = (key: string): number => (entries.get(key)?.endsAtMs ?? 0) - clock.monotonicMs();
  return {
    get: (key) => (leftMs(key) > 0 ? entries.get(key)?.value : undefined),
    leftMs,
    set(key, value, lifeMs) {
      entries.delete(key);
      entries.set(key, { value, endsAtMs: clock.monotonicMs() + lifeMs });
      const [oldest] = entries.keys();
      if (entries.size > max && oldest !== undefined) entries.delete(oldest);
    },
    remove: (key) => void entries.delete(key),
    sweep() {
      for (const key of entries.keys()) if (leftMs(key) <= 0) entries.delete(key);
    },
  };
}
