import type { Clock } from '../../core/clock.ts';

/** A map whose entries are gone after `keepMs`, and the oldest of which make room beyond `max`. */
export type RecentMap<Value> = { get(key: string): Value | undefined; set(key: string, value: Value): void };

export type RecentMapOptions = { readonly clock: Clock; readonly keepMs: number; readonly max: number };

export function createRecentMap<Value>({ clock, keepMs, max }: RecentMapOptions): RecentMap<Value> {
  const entries = new Map<string, { value: Value; endsAtMs: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      return entry !== undefined && clock.monotonicMs() < entry.endsAtMs ? entry.value : undefined;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, { value, endsAtMs: clock.monotonicMs() + keepMs });
      const [oldest] = entries.keys();
      if (entries.size > max && oldest !== undefined) entries.delete(oldest);
    },
  };
}
