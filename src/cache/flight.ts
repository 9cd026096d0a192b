import type { Slot } from './reference-key.ts';
import type { TurnWish } from './shared-level.ts';
import type { Stored } from './stored.ts';

type FlightPlan = {
  readonly slot: Slot;
  /** What it loads has this version. */
  readonly version: string;
  /** The version that it is to replace. */
  readonly known?: string;
  readonly load: () => Promise<unknown>;
  readonly isUsable: (stored: Stored) => boolean;
};

/** One search for one value, shared by all who ask this replica for it at the time. */
export type Flight = FlightPlan & {
  readonly wish: TurnWish;
  /** Something may have changed since this was last made false. */
  isTouched: boolean;
  /** The value was dropped under way: what comes of it goes to those who wait for it already, and is kept nowhere. */
  isLost: boolean;
  /** Of a flight that has the turn: asks whether it still has. */
  check: (() => void) | undefined;
  /** The next touch. */
  news(): Promise<void>;
  touch(): void;
};

export function createFlight(plan: FlightPlan): Flight {
  const { version, known } = plan;
  let wake = (): void => {};
  const flight: Flight = {
    ...plan,
    wish: { flight: version, ...(known === undefined ? {} : { known }) },
    isTouched: false,
    isLost: false,
    check: undefined,
    news: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
    touch() {
      flight.isTouched = true;
      flight.check?.();
      wake();
    },
  };
  return flight;
}
