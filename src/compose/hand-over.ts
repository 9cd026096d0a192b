import { atMost } from '../core/at-most.ts';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';

/** Gives something that this replica has to the others, so that they need not wait until it is missed: a lease, a socket. */
export type HandOverStep = {
  /** For the log. */
  readonly name: string;
  /** Calls still go on meanwhile. Aborted when it takes too long; what it rejects with is logged. */
  run(signal: AbortSignal): Promise<void>;
};

/** What is handed over when this replica means to end. Whoever takes a lease adds how it is given back early. */
export type HandOver = {
  add(step: HandOverStep): void;
  /** All steps at once, for no longer than `ms`. Never rejects. */
  run(ms: number): Promise<void>;
};

export function createHandOver({ clock, log }: { readonly clock: Clock; readonly log: Log }): HandOver {
  const steps: HandOverStep[] = [];
  const carryOut = ({ name, run }: HandOverStep, signal: AbortSignal): Promise<void> =>
    run(signal).catch((error: unknown) => log.warn({ error, step: name }, 'A hand-over failed'));
  return {
    add: (step) => void steps.push(step),
    async run(ms) {
      if (steps.length === 0) return;
      const tooLong = new AbortController();
      await atMost(clock, ms, Promise.all(steps.map((step) => carryOut(step, tooLong.signal))));
      tooLong.abort();
    },
  };
}
