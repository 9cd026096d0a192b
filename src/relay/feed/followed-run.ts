import type { FeedRun } from '../../broker/quotes/market-feed.ts';
import type { Clock } from '../../core/clock.ts';
import type { EpochWatch } from './feed-role.ts';

/** An owner that has not been heard for so long is believed no more. */
export const OWNER_SILENCE_MS = 2000;
/** Nor one that has not answered us for so long: soon it may forget what we want. */
export const UNANSWERED_MS = 3000;

export type FollowedRunParts = {
  readonly epoch: number;
  readonly number: number;
  readonly epochs: EpochWatch;
  readonly clock: Clock;
};

export type Confirmation = { readonly saidAtMs: number; readonly answeredAtMs: number; readonly leaseMs: number };

/** A run of another replica's socket, as it is known here. All times are ours, and none is later than it can have been. */
export class FollowedRun implements FeedRun {
  readonly #parts: FollowedRunParts;
  #believedUntilMs = -Infinity;
  #leaseEndsAtMs = -Infinity;
  #heardAtMs = -Infinity;
  #isOver = false;

  constructor(parts: FollowedRunParts) {
    this.#parts = parts;
  }

  get number(): number {
    return this.#parts.number;
  }

  get unbroken(): boolean {
    return !this.#isOver && !this.isVoid && this.#parts.clock.monotonicMs() <= this.#believedUntilMs;
  }

  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  /** Another may be the owner by now: one has been heard, or this one's right has run out, as far as is known here. */
  get isVoid(): boolean {
    const { epochs, epoch, clock } = this.#parts;
    return epochs.highest > epoch || clock.monotonicMs() > this.#leaseEndsAtMs;
  }

  /** The owner said something at `saidAtMs`, and had heard us at `answeredAtMs`. */
  confirm({ saidAtMs, answeredAtMs, leaseMs }: Confirmation): void {
    const believedUntilMs = Math.min(saidAtMs + OWNER_SILENCE_MS, answeredAtMs + UNANSWERED_MS);
    this.#believedUntilMs = Math.max(this.#believedUntilMs, believedUntilMs);
    this.#leaseEndsAtMs = Math.max(this.#leaseEndsAtMs, saidAtMs + leaseMs);
  }

  /** Until then the feed has told the owner nothing that we do not know. */
  heardUntil(ms: number): void {
    this.#heardAtMs = Math.max(this.#heardAtMs, ms);
  }

  end(): void {
    this.#isOver = true;
  }
}
