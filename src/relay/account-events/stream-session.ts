import type { AccountStreamer } from '../../broker/account-streamer/create-account-streamer.ts';
import type { StreamEvent } from '../../broker/account-streamer/messages.ts';
import type { AccountStream, StreamListener } from '../../broker/account-streamer/stream.ts';
import type { CallOptions } from '../../broker/broker.ts';
import { Backoff } from '../../broker/dxlink/backoff.ts';
import type { AccountNumber } from '../../broker/model/symbol.ts';
import type { Clock, EpochMs } from '../../core/clock.ts';
import { asGatewayError } from '../../core/errors.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Log } from '../../core/log.ts';
import { createNamedTimers, type NamedTimers } from '../../core/named-timers.ts';
import type { Standing, TenantDuty } from '../tenant-duty.ts';
import type { JournalWriter, Written } from './journal-writer.ts';
import type { EventListeners } from './listeners.ts';
import { mergeMissed } from './merge-missed.ts';
import type { Missed } from './merge-missed.ts';
import type { AccountEventsObserver } from './observer.ts';
import { readMissed } from './read-missed.ts';
import type { Unheard } from './read-missed.ts';
import type { OrderSource } from './read-orders.ts';
import { tellingsOf } from './telling.ts';
import type { Telling } from './telling.ts';

export type StreamSessionParts = {
  readonly streamer: AccountStreamer;
  readonly orders: OrderSource;
  /** Those that the tenant may use and that are open. */
  readonly accounts: (options: CallOptions) => Promise<readonly AccountNumber[]>;
  readonly writer: JournalWriter;
  readonly duty: Pick<TenantDuty, 'isHeld' | 'maySpeak' | 'overtaken'>;
  /** Those of this replica, who are told straight where the journal is out of reach. */
  readonly listeners: Pick<EventListeners, 'tell' | 'toldUpTo' | 'begunAt'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly observer: AccountEventsObserver;
};

/**
 * What the journal lacks, and has to be read. `isHeard`: the stream told it all the same, so that for listeners of this replica
 * there is no gap.
 */
type Debt = { readonly gapKey: string; readonly from?: EpochMs; readonly isHeard: boolean };

const BATCH = 100;
/** Beyond this the inbox is given up, and the orders read again. */
const MAX_INBOX = 5000;
const MAX_TAKEN = 20_000;
/** The broker does not want its orders polled: after messages that could not be read they are read again at most this often. */
const REREAD_EVERY_MS = 30_000;
const RETRY_MS = 250;
const RECONNECT_RETRY_MS = 60_000;

type TimerName = 'open' | 'work' | 'reread';

/**
 * One tenant's account stream while it is open on this replica. What it tells goes into the journal in order; after each time in
 * which it was not heard, what was missed goes first.
 */
export class StreamSession {
  readonly #parts: StreamSessionParts;
  readonly #closing = new AbortController();
  readonly #backoff: Backoff;
  readonly #timers: NamedTimers<TimerName>;
  #standing: Standing;
  #stream: AccountStream | undefined;
  #accounts: readonly AccountNumber[] = [];
  #isLive = false;
  #lostAt: EpochMs | undefined;
  #inbox: Telling[] = [];
  readonly #taken = new Set<string>();
  #debt: Debt | undefined;
  #isWorking = false;
  #hasMore = false;
  #readAtMs = -Infinity;

  constructor(parts: StreamSessionParts, standing: Standing) {
    this.#parts = parts;
    this.#timers = createNamedTimers(parts.clock);
    this.#standing = standing;
    this.#backoff = new Backoff(parts.ids);
    this.#owe({ isHeard: false });
    void this.#open();
  }

  /** From `alone` to `held` and back: the stream stays. */
  stand(standing: Standing): void {
    if (this.#standing.kind !== standing.kind) this.#owe({ from: this.#parts.clock.now(), isHeard: true });
    this.#standing = standing;
    void this.#work();
  }

  /** Idempotent, bounded to a second. Nothing is told any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#timers.cancelAll();
    await this.#stream?.close();
  }

  async #open(): Promise<void> {
    const { accounts, streamer } = this.#parts;
    try {
      this.#accounts = await accounts({ signal: this.#closing.signal });
      if (!this.#closing.signal.aborted) this.#stream = streamer.open(this.#accounts, this.#listener());
    } catch (thrown) {
      this.#retry('open', thrown, () => this.#open());
    }
  }

  #listener(): StreamListener {
    return {
      live: () => this.#onLive(),
      event: (event) => this.#onEvent(event),
      unreadable: () => this.#oweSoon(),
      lost: () => {
        this.#isLive = false;
        this.#lostAt = this.#parts.clock.now();
      },
      failed: (error) => {
        this.#stream = undefined;
        this.#retry('open', error, () => this.#open());
      },
    };
  }

  #onLive(): void {
    this.#isLive = true;
    if (this.#lostAt !== undefined) this.#owe({ from: this.#lostAt, isHeard: false });
    this.#lostAt = undefined;
    void this.#work();
  }

  #onEvent(event: StreamEvent): void {
    const { clock, log } = this.#parts;
    this.#inbox.push(...tellingsOf(event, clock.now()).filter(({ key }) => this.#isNew(key)));
    if (this.#inbox.length > MAX_INBOX) {
      log.warn({ events: this.#inbox.length }, 'account events pile up: the orders will be read instead');
      this.#inbox = [];
      this.#taken.clear();
      this.#owe({ from: clock.now(), isHeard: false });
    }
    void this.#work();
  }

  /** An order is told with all the fills that it ever had. */
  #isNew(key: string): boolean {
    if (this.#taken.has(key)) return false;
    if (this.#taken.size >= MAX_TAKEN) this.#taken.clear();
    this.#taken.add(key);
    return true;
  }

  /** What the stream tells from here on waits until the orders have been read. The earliest debt counts. */
  #owe({ from, isHeard }: Omit<Debt, 'gapKey'>): void {
    const older = this.#debt;
    this.#debt =
      older === undefined
        ? { gapKey: this.#newGapKey(), ...(from === undefined ? {} : { from }), isHeard }
        : { ...older, isHeard: older.isHeard && isHeard };
  }

  #newGapKey(): string {
    return `gap ${this.#parts.ids.uuid()}`;
  }

  #oweSoon(): void {
    if (this.#timers.has('reread')) return;
    const sinceMs = this.#parts.clock.monotonicMs() - this.#readAtMs;
    const from = this.#parts.clock.now();
    this.#timers.set('reread', Math.max(0, REREAD_EVERY_MS - sinceMs), () => {
      this.#owe({ from, isHeard: false });
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#hasMore = true;
    if (this.#isWorking) return;
    this.#isWorking = true;
    while (this.#hasMore && !this.#closing.signal.aborted) {
      this.#hasMore = false;
      const didSome = await this.#tryStep();
      this.#hasMore ||= didSome;
    }
    this.#isWorking = false;
  }

  async #tryStep(): Promise<boolean> {
    try {
      return await this.#step();
    } catch (thrown) {
      this.#retry('work', thrown, () => this.#work());
      return false;
    }
  }

  /** True when there may be more to do. */
  async #step(): Promise<boolean> {
    const standing = this.#standing;
    if (standing.kind === 'held' && this.#parts.duty.isHeld()) {
      return this.#debt === undefined ? this.#flush(standing.epoch) : this.#settle(this.#debt, standing.epoch);
    }
    return this.#speak();
  }

  /** The journal is out of reach or another's. Where nobody else can have the stream, our own listeners are told all the same. */
  async #speak(): Promise<boolean> {
    if (this.#standing.kind === 'held') this.#timers.set('work', RETRY_MS, () => void this.#work());
    if (!this.#parts.duty.maySpeak()) return false;
    const debt = this.#debt;
    if (debt !== undefined && !debt.isHeard) return this.#isLive && this.#catchUp(debt);
    if (this.#inbox.length === 0) return false;
    const { clock, writer, listeners } = this.#parts;
    // What was written last may not have come to them through the journal.
    for (const telling of [...writer.recent, ...this.#inbox.splice(0)]) listeners.tell(telling);
    this.#owe({ from: clock.now(), isHeard: true });
    return false;
  }

  /** As `settle`, for the listeners of this replica: the journal is owed it all the same. */
  async #catchUp(debt: Debt): Promise<boolean> {
    const { duty, listeners, writer } = this.#parts;
    const { toldUpTo, begunAt } = listeners;
    const missed = await this.#readMissed(debt, { toldUpTo, ...(begunAt === undefined ? {} : { begunAt }) });
    if (this.#debt !== debt || !this.#isLive || !duty.maySpeak()) return true;
    const tellings = mergeMissed({ ...missed, heard: this.#inbox.splice(0) });
    for (const telling of [...writer.recent, ...tellings]) listeners.tell(telling);
    this.#debt = { ...debt, isHeard: true };
    return true;
  }

  async #flush(epoch: number): Promise<boolean> {
    if (this.#inbox.length === 0) return false;
    return this.#conclude(await this.#parts.writer.write(epoch, this.#inbox.splice(0, BATCH)));
  }

  async #settle(debt: Debt, epoch: number): Promise<boolean> {
    if (!this.#isLive) return false;
    const { writer, observer } = this.#parts;
    const claimed = await writer.write(epoch, []);
    if (claimed.kind !== 'written') return this.#conclude(claimed);
    const missed = await this.#readMissed(debt, { toldUpTo: await writer.writtenUpTo() });
    if (this.#debt !== debt || !this.#isLive) return true;
    const tellings = mergeMissed({ ...missed, heard: this.#inbox.splice(0) });
    // Listeners of this replica have missed nothing, and are not told that they have.
    if (debt.isHeard) for (const gap of tellings.slice(0, 1)) this.#parts.listeners.tell({ ...gap, isPast: true });
    const written = await writer.write(epoch, tellings);
    if (written.kind !== 'written') return this.#conclude(written);
    observer.reconciled(missed.isWhole ? 'whole' : 'partial');
    this.#backoff.reset();
    this.#debt = this.#debt === debt ? undefined : { ...this.#debt, gapKey: this.#newGapKey() };
    return true;
  }

  #readMissed(debt: Debt, told: Pick<Unheard, 'toldUpTo' | 'begunAt'>): Promise<Omit<Missed, 'heard'>> {
    this.#readAtMs = this.#parts.clock.monotonicMs();
    const { signal } = this.#closing;
    return readMissed(this.#parts, { ...debt, ...told, accounts: this.#accounts, signal });
  }

  async #conclude(written: Written): Promise<boolean> {
    if (written.kind === 'written') return true;
    if (written.kind === 'overtaken') {
      this.#parts.duty.overtaken(written.newest);
      return false;
    }
    this.#inbox.unshift(...written.rest);
    this.#owe({ from: this.#parts.clock.now(), isHeard: true });
    return this.#speak();
  }

  #retry(name: 'open' | 'work', thrown: unknown, again: () => Promise<void>): void {
    if (this.#closing.signal.aborted) return;
    const error = asGatewayError(thrown);
    const isOurs = error.code === 'internal';
    const facts = { code: error.code, ...(isOurs ? { error: thrown } : {}) };
    this.#parts.log[isOurs ? 'error' : 'warn'](facts, 'The account events have to wait');
    this.#parts.observer.reconciled('failed');
    const atLeastMs = error.code === 'reconnect_needed' ? RECONNECT_RETRY_MS : (error.retryAfterMs ?? 0);
    this.#timers.set(name, Math.max(atLeastMs, this.#backoff.nextMs()), () => void again());
  }
}
