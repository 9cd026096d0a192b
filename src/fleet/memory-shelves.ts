import type { Clock } from '../core/clock.ts';
import type { ShelfName, Shelves } from './shelves.ts';

/** Of all the owners, the one whose shelf was not touched for the longest makes room for the next. */
const MAX_SHELVES = 20_000;

type Shelf = { readonly texts: Map<string, string>; endsAtMs: number };

/** Within this process. */
export function createMemoryShelves(clock: Clock): Shelves {
  /** In order of their last put. */
  const shelves = new Map<string, Shelf>();
  const keyOf = ({ kind, owner }: ShelfName): string => JSON.stringify([kind, owner]);
  const living = (key: string): Shelf | undefined => {
    const shelf = shelves.get(key);
    if (shelf === undefined || shelf.endsAtMs > clock.monotonicMs()) return shelf;
    shelves.delete(key);
    return undefined;
  };
  return {
    get: async (name, part) => living(keyOf(name))?.texts.get(part),
    async put(name, part, text, { most, ttlMs, ifWas }) {
      const key = keyOf(name);
      const texts = living(key)?.texts ?? new Map<string, string>();
      if (texts.get(part) !== ifWas) return false;
      texts.delete(part);
      texts.set(part, text);
      if (texts.size > most) dropFirst(texts);
      shelves.delete(key);
      shelves.set(key, { texts, endsAtMs: clock.monotonicMs() + ttlMs });
      if (shelves.size > MAX_SHELVES) dropFirst(shelves);
      return true;
    },
  };
}

function dropFirst(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
