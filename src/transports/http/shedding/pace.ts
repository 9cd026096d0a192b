import type { Clock } from '../../../core/clock.ts';
import type { Turns } from '../../../core/turns.ts';
import { createPartyLine } from './party-line.ts';

/** A pause longer than this was no sign of load: the process was frozen, or collected its garbage. */
const LONGEST_STEP_MS = 50;
const FIRST_GUESS_MS = 1;
const WEIGHT = 0.1;
/** Node takes up one new connection in a turn, however many wait: so many turns at the most are left to them between two calls. */
const TURNS_FOR_ARRIVALS = 16;

export type Waiting = {
  readonly start: () => void;
  /** Whoever waited may have gone. */
  readonly isGone: () => boolean;
};

/**
 * Starts calls one at a time, one in each turn of the event loop: between two of them all that has arrived is read, so that a
 * refusal never waits for more than one call's work. While new connections come in, several of them are taken up between two
 * calls. Urgent ones go first; within each kind parties take turns.
 */
export type Pace = {
  /** A connection was taken up. Another may wait behind it. */
  arrived(): void;
  start(party: string, waiting: Waiting, isUrgent: boolean): void;
  /** How long one more call of this party, or of a party with none in line, would wait, in milliseconds, as things go now. */
  expectedMs(party?: string): number;
  /** For how long there has been somebody in line, in milliseconds. */
  standingMs(): number;
};

export function createPace({ clock, turns }: { readonly clock: Clock; readonly turns: Turns }): Pace {
  const urgent = createPartyLine<Waiting>();
  const others = createPartyLine<Waiting>();
  let isTurnTaken = false;
  let arrivals = 0;
  let startedMs = clock.monotonicMs();
  let stepMs = FIRST_GUESS_MS;
  let emptyMs = startedMs;

  const nextInLine = (): Waiting | undefined => {
    for (;;) {
      const next = urgent.shift() ?? others.shift();
      if (next === undefined || !next.isGone()) return next;
    }
  };
  const takeTurn = (): void => {
    isTurnTaken = true;
    startedMs = clock.monotonicMs();
    whenQuiet(TURNS_FOR_ARRIVALS);
  };
  /** As soon as a turn has brought no new connection, or when so many turns have. */
  const whenQuiet = (turnsLeft: number): void => {
    const before = arrivals;
    turns.next(() => {
      if (arrivals === before || turnsLeft === 1) startNext();
      else whenQuiet(turnsLeft - 1);
    });
  };
  const startNext = (): void => {
    isTurnTaken = false;
    const next = nextInLine();
    if (next === undefined) return;
    // Only what came from the line tells how fast it moves: else the pause was nobody's.
    const tookMs = Math.min(LONGEST_STEP_MS, clock.monotonicMs() - startedMs);
    stepMs += WEIGHT * (tookMs - stepMs);
    takeTurn();
    next.start();
  };

  return {
    arrived: () => void (arrivals += 1),
    start(party, waiting, isUrgent) {
      if (isTurnTaken) {
        if (urgent.size + others.size === 0) emptyMs = clock.monotonicMs();
        return (isUrgent ? urgent : others).push(party, waiting);
      }
      takeTurn();
      waiting.start();
    },
    expectedMs(party) {
      const own = party === undefined ? 0 : others.sizeOf(party);
      const rivals = others.parties - Math.sign(own);
      return (urgent.size + Math.min(others.size, own + rivals * (own + 1))) * stepMs;
    },
    standingMs: () => (urgent.size + others.size === 0 ? 0 : clock.monotonicMs() - emptyMs),
  };
}
