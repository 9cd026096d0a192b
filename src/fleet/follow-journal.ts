import type { Clock, Timer } from '../core/clock.ts';
import type { Following, JournalListener, JournalPage } from './journal.ts';

/** One journal, as its follower sees it. */
export type JournalSource = {
  /** The id of the newest entry. */
  last(): Promise<string>;
  after(id: string, limit: number): Promise<JournalPage>;
  /** Resolves when `nudge` is called after everything that is appended from then on, at least once for all of it. */
  subscribe(nudge: () => void): Promise<() => void>;
};

export type FollowOptions = {
  /** From now on when there is none. */
  readonly afterId: string | undefined;
  readonly listener: JournalListener;
  readonly clock: Clock;
};

const PAGE = 200;
const RETRY_MS = 500;

/** Reads on whenever something was appended, from the last entry that it has told: what wakes it may be lost or come twice. */
export class JournalFollower implements Following {
  readonly #source: JournalSource;
  readonly #options: FollowOptions;
  readonly #ready = Promise.withResolvers<void>();
  #position: string | undefined;
  #leave: (() => void) | undefined;
  #retry: Timer | undefined;
  #isStopped = false;
  #isReading = false;
  /** There may be entries that have not been read. */
  #isBehind = false;
  /** It began later than it was asked to. */
  #isLate = false;

  constructor(source: JournalSource, options: FollowOptions) {
    this.#source = source;
    this.#options = options;
    this.#position = options.afterId;
    void this.#wake();
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  stop(): void {
    this.#isStopped = true;
    this.#retry?.cancel();
    this.#leave?.();
    this.#ready.resolve();
  }

  async #wake(): Promise<void> {
    this.#isBehind = true;
    if (this.#isReading || this.#isStopped) return;
    this.#isReading = true;
    this.#retry?.cancel();
    const hasRead = await this.#read();
    this.#ready.resolve();
    this.#isReading = false;
    if (!hasRead) this.#retry = this.#options.clock.after(RETRY_MS, () => void this.#wake());
    else if (this.#isBehind) void this.#wake();
  }

  async #read(): Promise<boolean> {
    try {
      const from = this.#position === undefined || this.#leave === undefined ? await this.#begin() : this.#position;
      await this.#readOn(from);
      return true;
    } catch {
      this.#isLate ||= this.#position === undefined;
      return this.#isStopped;
    }
  }

  async #begin(): Promise<string> {
    this.#leave ??= await this.#source.subscribe(() => void this.#wake());
    if (this.#isStopped) this.#leave();
    const from = this.#position ?? (await this.#source.last());
    if (this.#isLate && !this.#isStopped) this.#options.listener.cut();
    this.#isLate = false;
    this.#position = from;
    this.#ready.resolve();
    return from;
  }

  async #readOn(from: string): Promise<void> {
    let at = from;
    while (this.#isBehind && !this.#isStopped) {
      this.#isBehind = false;
      const { entries, isCut, last } = await this.#source.after(at, PAGE);
      if (isCut) this.#tell((listener) => listener.cut());
      for (const entry of entries) this.#tell((listener) => listener.entry(entry));
      at = last;
      this.#position = last;
      this.#isBehind ||= entries.length === PAGE;
    }
  }

  #tell(say: (listener: JournalListener) => void): void {
    if (!this.#isStopped) say(this.#options.listener);
  }
}
