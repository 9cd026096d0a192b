import type { Wanted } from '../../broker/broker.ts';
import { wantedKey } from '../../broker/quotes/market-feed.ts';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const BITS_32 = 0xffffffff;

/** What one replica wants, with a number that tells two such sets apart without comparing them. */
export class WantedSet {
  readonly #entries = new Map<string, Wanted>();
  #digest = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** Equal for equal sets, and hardly ever for others. From 0 to 2³² - 1. */
  get digest(): number {
    return this.#digest;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  get(key: string): Wanted | undefined {
    return this.#entries.get(key);
  }

  values(): IterableIterator<Wanted> {
    return this.#entries.values();
  }

  /** False when it was there. */
  add(wanted: Wanted): boolean {
    const key = wantedKey(wanted);
    if (this.#entries.has(key)) return false;
    this.#entries.set(key, wanted);
    this.#digest = (this.#digest + hash(key)) >>> 0;
    return true;
  }

  /** False when it was not there. */
  delete(wanted: Wanted): boolean {
    const key = wantedKey(wanted);
    if (!this.#entries.delete(key)) return false;
    this.#digest = (this.#digest - hash(key)) >>> 0;
    return true;
  }

  clear(): void {
    this.#entries.clear();
    this.#digest = 0;
  }
}

/** FNV-1a. A sum of them does not depend on the order. */
function hash(text: string): number {
  let value = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), FNV_PRIME) & BITS_32;
  return value >>> 0;
}
