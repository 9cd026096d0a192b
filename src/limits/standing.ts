import type { Clock } from '../core/clock.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { LiveReplicas } from './live-replicas.ts';

/**
 * What a replica may draw on: the store; what it holds already, as far as its share goes; or its share of each budget, which
 * the store is told of (`shareTold`) as soon as it can be.
 */
export type Footing = 'store' | 'held' | 'share' | 'shareTold';

/** How this replica stands to the store of budgets. */
export type Standing = {
  /** For a budget whose units are held for so long: a share is drawn on only when no grant of the store can count any more. */
  footing(holdMs: number): Footing;
  /** Among how many each budget is shared while the store is away. */
  replicas(): number;
  /** Told when the store has come back, and whether it has lost what it had granted. */
  onReturn(listener: (hasForgotten: boolean) => void): void;
  close(): void;
};

/** After a return the others may not have noticed yet: for so long everybody stays within its share. */
const RETURNING_MS = 1000;

/** Where the store is this process's own. */
export const standingAlone: Standing = { footing: () => 'store', replicas: () => 1, onReturn() {}, close() {} };

export type StandingParts = {
  readonly fleet: Pick<Fleet, 'isAway' | 'onPresence'>;
  readonly live: Pick<LiveReplicas, 'count' | 'onForgotten'>;
  readonly clock: Clock;
  /** Told whether shares may be drawn on now. */
  readonly onShare: (isDrawn: boolean) => void;
};

export function createStanding({ fleet, live, clock, onShare }: StandingParts): Standing {
  const listeners = new Set<(hasForgotten: boolean) => void>();
  const tell = (hasForgotten: boolean): void => {
    for (const listener of listeners) listener(hasForgotten);
  };
  let awaySinceMs = fleet.isAway ? clock.monotonicMs() : undefined;
  let returned = { atMs: Number.NEGATIVE_INFINITY, awayMs: 0 };
  onShare(awaySinceMs !== undefined);
  const stop = fleet.onPresence((isAway) => {
    const nowMs = clock.monotonicMs();
    onShare(isAway);
    if (isAway) {
      // A return that did not last was none.
      awaySinceMs ??= nowMs - returned.atMs < RETURNING_MS ? returned.atMs - returned.awayMs : nowMs;
      return;
    }
    returned = { atMs: nowMs, awayMs: awaySinceMs === undefined ? 0 : nowMs - awaySinceMs };
    awaySinceMs = undefined;
    tell(false);
  });
  live.onForgotten(() => tell(true));
  return {
    footing(holdMs) {
      const nowMs = clock.monotonicMs();
      if (awaySinceMs !== undefined) return nowMs - awaySinceMs < holdMs ? 'held' : 'share';
      const isReturning = nowMs - returned.atMs < RETURNING_MS && returned.awayMs >= holdMs;
      return isReturning ? 'shareTold' : 'store';
    },
    replicas: () => live.count(),
    onReturn: (listener) => void listeners.add(listener),
    close: stop,
  };
}
