import { createBoundedMemo } from '../bounded-memo.ts';
import { gaussian, noiseKey } from './seeded-noise.ts';

/** A random walk that can be asked at any instant, in any order. */
export type BrownianWalk = (at: number) => number;

export type WalkOptions = {
  readonly seed: string;
  readonly name: string;
  /** Beyond about 2^horizonLevel ms the walk comes home to 0 instead of wandering on. */
  readonly horizonLevel: number;
};

export const YEAR_MS = 365 * 86_400_000;

/** Below about a second the walk is a straight line. */
const FINEST_LEVEL = 10;
/** Cells of about 9 minutes are remembered, so that neighbouring instants do not descend from the top. */
const REMEMBERED_LEVEL = 19;
const REMEMBERED_CELLS = 4096;

type Cell = { readonly left: number; readonly right: number };

/**
 * Brownian motion with a variance of 1 per year over short spans, made by midpoint displacement: a dyadic cell's
 * middle lies halfway between its ends, off by a normal deviate hashed from (seed, name, level, index). The ends
 * of the largest cells are drawn around 0, so that the walk is stationary over the years.
 */
export function createBrownianWalk(options: WalkOptions): BrownianWalk {
  const key = noiseKey(options.seed, options.name);
  const top = options.horizonLevel;
  // Two ends differ by the variance that Brownian motion gathers over the cell.
  const endDeviation = Math.sqrt(2 ** top / YEAR_MS / 2);
  const cells = createBoundedMemo<number, Cell>(REMEMBERED_CELLS);

  const topCell = (at: number): Cell => {
    const index = Math.floor(at / 2 ** top);
    return { left: endDeviation * gaussian(key, top, index), right: endDeviation * gaussian(key, top, index + 1) };
  };
  const descend = (cell: Cell, at: number, [from, to]: readonly [number, number]): Cell => {
    let { left, right } = cell;
    for (let level = from; level > to; level -= 1) {
      const half = 2 ** (level - 1);
      const index = Math.floor(at / half);
      const middleIndex = index % 2 === 0 ? index + 1 : index;
      const middle = (left + right) / 2 + Math.sqrt(half / YEAR_MS / 2) * gaussian(key, level - 1, middleIndex);
      if (index === middleIndex) left = middle;
      else right = middle;
    }
    return { left, right };
  };

  return (at) => {
    const remembered = cells.get(Math.floor(at / 2 ** REMEMBERED_LEVEL), () =>
      descend(topCell(at), at, [top, REMEMBERED_LEVEL]),
    );
    const { left, right } = descend(remembered, at, [REMEMBERED_LEVEL, FINEST_LEVEL]);
    const within = at / 2 ** FINEST_LEVEL - Math.floor(at / 2 ** FINEST_LEVEL);
    return left + (right - left) * within;
  };
}
