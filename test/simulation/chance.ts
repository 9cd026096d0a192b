/** Seeded randomness: the same seed gives the same draws, on every machine. */
export type Chance = {
  /** From 0 up to, and without, 1. */
  next(): number;
  is(probability: number): boolean;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
  shuffled<Item>(items: readonly Item[]): Item[];
};

const TWO_32 = 2 ** 32;

function mixed(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The seed of the world number `index` of a run. */
export const worldSeed = (runSeed: number, index: number): number =>
  mixed(mixed(runSeed ^ 0x9e3779b9) ^ Math.imul(index + 1, 0x85ebca77));

export function createChance(seed: number): Chance {
  let state = mixed(seed);
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / TWO_32;
  };
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    is: (probability) => next() < probability,
    between,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
    shuffled(items) {
      const list = [...items];
      for (let at = list.length - 1; at > 0; at -= 1) {
        const other = between(0, at);
        const [a, b] = [list[at], list[other]];
        if (a !== undefined && b !== undefined) [list[at], list[other]] = [b, a];
      }
      return list;
    },
  };
}
