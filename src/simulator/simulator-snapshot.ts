import { epochMs } from '../core/clock.ts';
import type { WireObject } from './engine/desk.ts';
import type { MarketMove } from './engine/market.ts';

/** What a simulator must remember, beyond its seed, to go on where it was. */
export type SimulatorState = {
  readonly clockOffsetMs: number;
  readonly moves: readonly MarketMove[];
  readonly desk: WireObject;
};

const VERSION = 1;

export const writeSnapshot = (state: SimulatorState): WireObject => ({
  version: VERSION,
  clockOffsetMs: state.clockOffsetMs,
  moves: state.moves.map((move) => ({ ...move })),
  desk: state.desk,
});

/** RangeError for what no simulator of this version wrote. */
export function readSnapshot(snapshot: WireObject): SimulatorState {
  const { version, clockOffsetMs, moves, desk } = snapshot;
  if (version !== VERSION) throw new RangeError('The snapshot is of another version of the simulator');
  if (typeof clockOffsetMs !== 'number' || !Array.isArray(moves) || typeof desk !== 'object' || desk === null) {
    throw new RangeError('The snapshot is damaged');
  }
  return { clockOffsetMs, moves: moves.map(readMove), desk: { ...desk } };
}

function readMove(move: unknown): MarketMove {
  if (typeof move === 'object' && move !== null && 'symbol' in move && 'at' in move && 'factor' in move) {
    const { symbol, at, factor } = move;
    if (typeof symbol === 'string' && typeof at === 'number' && typeof factor === 'number') {
      return { symbol, at: epochMs(at), factor };
    }
  }
  throw new RangeError('The snapshot holds a damaged market move');
}
