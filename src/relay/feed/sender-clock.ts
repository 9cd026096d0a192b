import type { Clock } from '../../core/clock.ts';

/** Two clocks that run by themselves part by less than this much of the time. */
const DRIFT = 0.001;

/**
 * Tells in our own monotonic time when another process sent something, and never too late: an answer cannot have been
 * sent before the question that it answers. No two wall clocks are compared, and a message that waited, on the way or
 * because this process stood still, is as old as it is.
 */
export class SenderClock {
  readonly #clock: Clock;
  #offset: { readonly ms: number; readonly learntAtMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the other sent at `theirMs` of its clock, it sent after what we sent at `ourMs` of ours. */
  learn(ourMs: number, theirMs: number): void {
    const ms = ourMs - theirMs;
    if (ms >= this.#offsetMs()) this.#offset = { ms, learntAtMs: this.#clock.monotonicMs() };
  }

  /** The earliest that it can have been, in our time; `undefined` before the first answer. */
  toOurs(theirMs: number): number | undefined {
    return this.#offset === undefined ? undefined : Math.min(theirMs + this.#offsetMs(), this.#clock.monotonicMs());
  }

  #offsetMs(): number {
    if (this.#offset === undefined) return -Infinity;
    const { ms, learntAtMs } = this.#offset;
    return ms - (this.#clock.monotonicMs() - learntAtMs) * DRIFT;
  }
}
