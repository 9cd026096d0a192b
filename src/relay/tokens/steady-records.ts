import { GatewayError } from '../../core/errors.ts';
import type { Records } from '../../fleet/records.ts';

/** The part of the fleet's records that goes on without the fleet. Never throws `coordination_unavailable`. */
export type SteadyRecords = Pick<Records, 'read' | 'set' | 'setOnce' | 'swap' | 'remove'>;

export const isUnreachable = (error: unknown): boolean =>
  error instanceof GatewayError && error.code === 'coordination_unavailable';

/**
 * What the replicas share, and a copy of all that this one has seen of it: while the others cannot be reached, the copy is
 * read and written in its place.
 */
export function createSteadyRecords(shared: SteadyRecords, own: SteadyRecords): SteadyRecords {
  const either = <Value>(fromShared: () => Promise<Value>, alone: () => Promise<Value>): Promise<Value> =>
    fromShared().catch((error: unknown) => {
      if (!isUnreachable(error)) throw error;
      return alone();
    });
  return {
    read: (name) =>
      either(
        async () => {
          const found = await shared.read(name);
          await (found === undefined ? own.remove(name) : own.set(name, found.text, found.leftMs));
          return found;
        },
        () => own.read(name),
      ),
    async set(name, text, ttlMs) {
      await own.set(name, text, ttlMs);
      await either(
        () => shared.set(name, text, ttlMs),
        async () => {},
      );
    },
    setOnce: (name, text, ttlMs) =>
      either(
        async () => {
          const isFirst = await shared.setOnce(name, text, ttlMs);
          if (isFirst) await own.set(name, text, ttlMs);
          return isFirst;
        },
        () => own.setOnce(name, text, ttlMs),
      ),
    swap: (name, before, next) =>
      either(
        async () => {
          const isSwapped = await shared.swap(name, before, next);
          if (isSwapped) await (next === undefined ? own.remove(name) : own.set(name, next.text, next.ttlMs));
          return isSwapped;
        },
        () => own.swap(name, before, next),
      ),
    async remove(name) {
      await own.remove(name);
      await either(
        () => shared.remove(name),
        async () => {},
      );
    },
  };
}
