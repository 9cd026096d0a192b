/** Why a call got no turn. */
export type RefusalReason = 'too-late' | 'timed-out' | 'crowded' | 'paused' | 'unreachable';

/** Tells what was decided, never for whom. */
export type LimiterObserver = {
  taken(waitedMs: number): void;
  refused(reason: RefusalReason): void;
  storeCommand(kind: 'ask' | 'order' | 'note' | 'beat'): void;
  leased(units: number): void;
  /** How many share the budgets. */
  replicas(count: number): void;
  /** Whether each replica is on its own share at the moment. */
  onShare(isDrawn: boolean): void;
  paused(scope: 'class' | 'gateway'): void;
};

const ignore = (): void => {};

export const silentObserver: LimiterObserver = {
  taken: ignore,
  refused: ignore,
  storeCommand: ignore,
  leased: ignore,
  replicas: ignore,
  onShare: ignore,
  paused: ignore,
};
