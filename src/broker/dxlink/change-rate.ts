const WINDOW_MS = 60_000;

type Spent = { readonly atMs: number; readonly count: number };

/** Counts changes over the last minute, exactly: no burst at a window's edge gets through twice. */
export class ChangeRate {
  readonly #perMinute: number;
  #spent: Spent[] = [];
  #total = 0;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** How many changes may be made now. */
  available(nowMs: number): number {
    this.#forget(nowMs);
    return Math.max(0, this.#perMinute - this.#total);
  }

  spend(count: number, nowMs: number): void {
    this.#spent.push({ atMs: nowMs, count });
    this.#total += count;
  }

  /** Until the oldest counted changes are a minute old. */
  waitMs(nowMs: number): number {
    const oldest = this.#spent[0];
    return oldest === undefined ? 0 : Math.max(0, oldest.atMs + WINDOW_MS - nowMs);
  }

  #forget(nowMs: number): void {
    const kept = this.#spent.findIndex((spent) => spent.atMs + WINDOW_MS > nowMs);
    const gone = this.#spent.splice(0, kept === -1 ? this.#spent.length : kept);
    for (const { count } of gone) this.#total -= count;
  }
}
