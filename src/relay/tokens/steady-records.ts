import type { Clock } from '../../core/clock.ts';
import type { RecordName, Records } from '../../fleet/records.ts';
import type { OrAlone } from './or-alone.ts';

/** The part of the fleet's records that goes on without the fleet. Never throws `coordination_unavailable`. */
export type SteadyRecords = Pick<Records, 'read' | 'set' | 'setOnce' | 'swap' | 'remove'>;

export type SteadyParts = {
  readonly shared: SteadyRecords;
  /** In this process. */
  readonly own: SteadyRecords;
  readonly orAlone: OrAlone;
  readonly clock: Clock;
};

/**
 * What the replicas share, and a copy of all that this one has seen of it: while the others cannot be reached, the copy is
 * read and written in its place.
 */
export function createSteadyRecords({ shared, own, orAlone, clock }: SteadyParts): SteadyRecords {
  /** The copy lives no longer than what it is a copy of, however long the answer took. */
  const copy = (name: RecordName, text: string, ttlMs: number, askedAtMs: number): Promise<void> => {
    const leftMs = ttlMs - (clock.monotonicMs() - askedAtMs);
    return leftMs > 0 ? own.set(name, text, leftMs) : own.remove(name);
  };
  return {
    read: (name) =>
      orAlone(
        async () => {
          const askedAtMs = clock.monotonicMs();
          const found = await shared.read(name);
          await (found === undefined ? own.remove(name) : copy(name, found.text, found.leftMs, askedAtMs));
          return found;
        },
        () => own.read(name),
      ),
    async set(name, text, ttlMs) {
      await own.set(name, text, ttlMs);
      await orAlone(
        () => shared.set(name, text, ttlMs),
        async () => {},
      );
    },
    setOnce: (name, text, ttlMs) =>
      orAlone(
        async () => {
          const askedAtMs = clock.monotonicMs();
          const isFirst = await shared.setOnce(name, text, ttlMs);
          if (isFirst) await copy(name, text, ttlMs, askedAtMs);
          return isFirst;
        },
        () => own.setOnce(name, text, ttlMs),
      ),
    swap: (name, before, next) =>
      orAlone(
        async () => {
          const askedAtMs = clock.monotonicMs();
          const isSwapped = await shared.swap(name, before, next);
          if (isSwapped) await (next === undefined ? own.remove(name) : copy(name, next.text, next.ttlMs, askedAtMs));
          return isSwapped;
        },
        () => own.swap(name, before, next),
      ),
    async remove(name) {
      await own.remove(name);
      await orAlone(
        () => shared.remove(name),
        async () => {},
      );
    },
  };
}
