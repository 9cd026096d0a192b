import type { Clock } from '../core/clock.ts';
import type { RecordName, Records } from './records.ts';

const SWEEP_MS = 60_000;

/** Within this process. */
export function createMemoryRecords(clock: Clock): Records & { close(): void } {
  const records = new Map<string, { text: string; endsAtMs: number }>();
  const keyOf = ({ kind, owner, part = '' }: RecordName): string => JSON.stringify([kind, owner, part]);
  const living = (name: RecordName) => {
    const record = records.get(keyOf(name));
    return record !== undefined && record.endsAtMs > clock.monotonicMs() ? record : undefined;
  };
  const keep = (name: RecordName, text: string, ttlMs: number): void =>
    void records.set(keyOf(name), { text, endsAtMs: clock.monotonicMs() + ttlMs });
  const sweeper = clock.every(SWEEP_MS, () => {
    for (const [key, { endsAtMs }] of records) if (endsAtMs <= clock.monotonicMs()) records.delete(key);
  });
  return {
    async get(name, { extendMs } = {}) {
      const record = living(name);
      if (record !== undefined && extendMs !== undefined) record.endsAtMs = clock.monotonicMs() + extendMs;
      return record?.text;
    },
    async read(name) {
      const record = living(name);
      return record === undefined ? undefined : { text: record.text, leftMs: record.endsAtMs - clock.monotonicMs() };
    },
    set: async (name, text, ttlMs) => keep(name, text, ttlMs),
    async replace(name, text) {
      const record = living(name);
      if (record !== undefined) record.text = text;
      return record !== undefined;
    },
    async setOnce(name, text, ttlMs) {
      if (living(name) !== undefined) return false;
      keep(name, text, ttlMs);
      return true;
    },
    async swap(name, before, next) {
      if (living(name)?.text !== before) return false;
      if (next === undefined) records.delete(keyOf(name));
      else keep(name, next.text, next.ttlMs);
      return true;
    },
    remove: async (name) => void records.delete(keyOf(name)),
    close: () => sweeper.cancel(),
  };
}
