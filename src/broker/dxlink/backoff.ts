import type { IdSource } from '../../core/ids.ts';

const BASE_MS = 500;
const MAX_MS = 15_000;
/** A second at most after a server that has just served us. */
const EASED_ATTEMPTS = 1;

/** Exponential, with full jitter: many tenants that lost the feed together do not come back together. */
export class Backoff {
  readonly #ids: IdSource;
  #attempts = 0;

  constructor(ids: IdSource) {
    this.#ids = ids;
  }

  nextMs(): number {
    const ceilingMs = Math.min(MAX_MS, BASE_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    return Math.floor(this.#ids.fraction() * ceilingMs);
  }

  /** For a connection that was of use, however short. */
  ease(): void {
    this.#attempts = Math.min(this.#attempts, EASED_ATTEMPTS);
  }

  reset(): void {
    this.#attempts = 0;
  }
}
