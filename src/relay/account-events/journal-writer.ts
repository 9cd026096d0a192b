import { epochMs } from '../../core/clock.ts';
import type { EpochMs } from '../../core/clock.ts';
import { hasCode } from '../../core/errors.ts';
import type { Journal, JournalName } from '../../fleet/journal.ts';
import { readEvent, writeEntry } from './event-text.ts';
import type { AccountEventsObserver } from './observer.ts';
import type { Telling } from './telling.ts';

export type Written =
  | { readonly kind: 'written' }
  /** Not now: `rest` has not been written, or has and will be dropped the next time. */
  | { readonly kind: 'stopped'; readonly rest: readonly Telling[] }
  /** Another replica has the tenant, under this epoch. */
  | { readonly kind: 'overtaken'; readonly newest: number };

export type JournalWriterParts = {
  readonly journal: Journal;
  readonly name: JournalName;
  /** Asked before each append. */
  readonly isHeld: () => boolean;
  readonly observer: AccountEventsObserver;
};

const BATCH = 100;
const RECENT = 200;
const TAIL = 200;

/** Writes a tenant's events into its journal, as far as this replica may. */
export class JournalWriter {
  readonly #parts: JournalWriterParts;
  #recent: readonly Telling[] = [];

  constructor(parts: JournalWriterParts) {
    this.#parts = parts;
  }

  /** The last ones written: where the journal is out of reach, listeners may not have read them yet. */
  get recent(): readonly Telling[] {
    return this.#recent;
  }

  /** In order, a batch at a time. None at all still claims the journal for this epoch. */
  async write(epoch: number, tellings: readonly Telling[]): Promise<Written> {
    for (let at = 0; at === 0 || at < tellings.length; at += BATCH) {
      const batch = tellings.slice(at, at + BATCH);
      const newest = await this.#append(epoch, batch);
      if (newest === 'stopped') return { kind: 'stopped', rest: tellings.slice(at) };
      if (newest !== undefined) return { kind: 'overtaken', newest };
      this.#recent = [...this.#recent, ...batch].slice(-RECENT);
    }
    return { kind: 'written' };
  }

  /** Up to when all is in the journal, by its newest entries; `undefined` when it is empty. Throws `coordination_unavailable`. */
  async writtenUpTo(): Promise<EpochMs | undefined> {
    const { journal, name } = this.#parts;
    const events = (await journal.tail(name, TAIL)).flatMap((entry) => readEvent(entry) ?? []);
    const times = events.flatMap((event) => (event.kind === 'gap' ? [] : [event.at]));
    return times.length === 0 ? undefined : epochMs(Math.max(...times));
  }

  async #append(epoch: number, batch: readonly Telling[]): Promise<number | 'stopped' | undefined> {
    const { journal, name, isHeld, observer } = this.#parts;
    if (!isHeld()) return 'stopped';
    try {
      const appended = await journal.append(name, epoch, batch.map(writeEntry));
      if (appended.kind === 'refused') {
        observer.journal('refused', batch.length);
        return appended.newest;
      }
      observer.journal('appended', appended.told);
      observer.journal('known', appended.known);
      return undefined;
    } catch (error) {
      if (!hasCode(error, 'coordination_unavailable')) throw error;
      return 'stopped';
    }
  }
}
