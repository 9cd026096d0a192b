import type { FeedRun } from '../../broker/quotes/market-feed.ts';
import type { Pulse } from '../../fleet/pulse.ts';

export type OwnRunParts = {
  readonly run: FeedRun;
  /** Whether this process may speak to its readers at this very moment. */
  readonly maySpeak: () => boolean;
  readonly pulse: Pick<Pulse, 'arrivedMs'>;
};

/** A run of the owner's own socket, believed only for as long as the duty is its own: a lapse ends it before anybody is told. */
export class OwnRun implements FeedRun {
  readonly #parts: OwnRunParts;

  constructor(parts: OwnRunParts) {
    this.#parts = parts;
  }

  get unbroken(): boolean {
    return this.#parts.run.unbroken && this.#parts.maySpeak();
  }

  get heardAtMs(): number {
    return this.#parts.pulse.arrivedMs(this.#parts.run.heardAtMs);
  }

  get isVoid(): boolean {
    return !this.#parts.maySpeak();
  }
}
