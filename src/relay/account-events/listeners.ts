import type { AccountEntry } from '../../broker/model/account-event.ts';
import type { Clock, EpochMs } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import type { AccountEventsObserver } from './observer.ts';
import type { Telling } from './telling.ts';

export type Listener = (entry: AccountEntry) => void;

export type Told = Omit<Telling, 'place'> & { readonly id?: string };

export type EventListenersParts = {
  readonly clock: Clock;
  readonly log: Log;
  readonly observer: AccountEventsObserver;
};

/** More than can be told twice: an event may come straight from the stream, and then through the journal. */
const REMEMBERED = 20_000;

/** Those of this replica who listen to one tenant. Each event is told to them once, however it came. */
export class EventListeners {
  readonly #log: Log;
  readonly #observer: AccountEventsObserver;
  readonly #listeners = new Set<Listener>();
  readonly #told = new Set<string>();
  readonly #clock: Clock;
  #toldUpTo: EpochMs | undefined;
  #begunAt: EpochMs | undefined;

  constructor({ clock, log, observer }: EventListenersParts) {
    this.#clock = clock;
    this.#log = log;
    this.#observer = observer;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** The time of the latest event that they were told; `undefined` when there was none. */
  get toldUpTo(): EpochMs | undefined {
    return this.#toldUpTo;
  }

  /** When the first of them began to listen. */
  get begunAt(): EpochMs | undefined {
    return this.#begunAt;
  }

  add(listener: Listener): void {
    this.#begunAt ??= this.#clock.now();
    this.#listeners.add(listener);
  }

  remove(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#told.clear();
    this.#toldUpTo = undefined;
    this.#begunAt = undefined;
  }

  tell({ id, key, event, isPast = false }: Told): void {
    if (this.#listeners.size === 0 || this.#told.has(key)) return;
    this.#remember(key);
    if (isPast) return;
    if (event.kind !== 'gap' && event.at > (this.#toldUpTo ?? 0)) this.#toldUpTo = event.at;
    const entry: AccountEntry = { event, ...(id === undefined ? {} : { id }) };
    for (const listener of this.#listeners) this.#tellOne(listener, entry);
  }

  #tellOne(listener: Listener, entry: AccountEntry): void {
    this.#observer.told(entry.event.kind);
    try {
      listener(entry);
    } catch (error) {
      this.#log.error({ error }, 'A listener to account events failed');
    }
  }

  #remember(key: string): void {
    this.#told.add(key);
    const [oldest] = this.#told;
    if (this.#told.size > REMEMBERED && oldest !== undefined) this.#told.delete(oldest);
  }
}
