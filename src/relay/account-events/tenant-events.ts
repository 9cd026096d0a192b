import type { AccountStreamer } from '../../broker/account-streamer/create-account-streamer.ts';
import type { CallOptions } from '../../broker/broker.ts';
import type { AccountEntry, AccountEvents } from '../../broker/model/account-event.ts';
import type { AccountNumber } from '../../broker/model/symbol.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Log } from '../../core/log.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import type { Following, JournalEntry, JournalName } from '../../fleet/journal.ts';
import type { TenantDuty } from '../tenant-duty.ts';
import { readEvent } from './event-text.ts';
import { JournalWriter } from './journal-writer.ts';
import { EventListeners } from './listeners.ts';
import type { Listener } from './listeners.ts';
import type { AccountEventsObserver } from './observer.ts';
import type { OrderSource } from './read-orders.ts';
import { RemoteWants } from './remote-wants.ts';
import { StreamSeat } from './stream-seat.ts';
import { StreamSession } from './stream-session.ts';

/** Where a tenant's events come from: one broker connection of it, and the duty that says whether it may be used. */
export type EventSource = {
  readonly duty: TenantDuty;
  readonly streamer: AccountStreamer;
  readonly orders: OrderSource;
  /** Those that the tenant may use and that are open. */
  readonly accounts: (options: CallOptions) => Promise<readonly AccountNumber[]>;
};

export type TenantEventsParts = {
  /** The tenant's id. */
  readonly owner: string;
  readonly fleet: Pick<Fleet, 'journal' | 'channels'>;
  /** Sees to it that the tenant has a broker on this replica, which attaches itself, and that it stays. May throw. */
  readonly keepBroker: () => Promise<void>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly observer: AccountEventsObserver;
};

/** The stream outlives its last listener for so long: the next one is there at once. */
const LINGER_MS = 60_000;
const KEEP_EVERY_MS = 20_000;

/** The account events of one tenant, as this replica has part in them: its listeners, and the stream if it falls to it. */
export class TenantEvents implements AccountEvents {
  readonly #parts: TenantEventsParts;
  readonly #name: JournalName;
  readonly #listeners: EventListeners;
  readonly #wants: RemoteWants;
  readonly #seats = new Set<StreamSeat>();
  #following: Following | undefined;
  #keeping: Timer | undefined;
  #lingering: Timer | undefined;
  #isClosed = false;

  constructor(parts: TenantEventsParts) {
    this.#parts = parts;
    this.#name = { kind: 'account-events', owner: parts.owner };
    this.#listeners = new EventListeners(parts);
    this.#wants = new RemoteWants({
      channels: parts.fleet.channels,
      owner: parts.owner,
      clock: parts.clock,
      onChange: () => this.#review(),
    });
  }

  /** Whether nothing of it is in use: no listeners, and no broker. */
  get isIdle(): boolean {
    return !this.#isNeeded && this.#seats.size === 0;
  }

  async follow(listener: Listener): Promise<() => void> {
    // A listener of its own, so that the same function can be added twice.
    const own: Listener = (entry) => listener(entry);
    this.#listeners.add(own);
    this.#following ??= this.#followJournal();
    this.#lingering?.cancel();
    this.#lingering = undefined;
    this.#keep();
    this.#review();
    await this.#following.ready;
    return () => this.#stop(own);
  }

  async after(id: string, limit: number): Promise<{ entries: readonly AccountEntry[]; isCut: boolean }> {
    const { entries, isCut } = await this.#parts.fleet.journal.after(this.#name, id, limit);
    return { entries: entries.flatMap((entry) => toldBy(entry) ?? []), isCut };
  }

  /** For a broker connection of this tenant on this replica, as long as it is there. */
  attach(source: EventSource): { close(): Promise<void> } {
    const seat = new StreamSeat({
      duty: source.duty,
      openSession: (standing) => this.#openSession(source, standing),
      onStanding: () => this.#review(),
    });
    this.#seats.add(seat);
    this.#review();
    return {
      close: async () => {
        this.#seats.delete(seat);
        await seat.leave();
        this.#review();
      },
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#following?.stop();
    this.#keeping?.cancel();
    this.#lingering?.cancel();
    this.#wants.close();
  }

  get #isNeeded(): boolean {
    return this.#listeners.size > 0 || this.#lingering !== undefined;
  }

  #stop(listener: Listener): void {
    this.#listeners.remove(listener);
    if (this.#listeners.size > 0 || this.#lingering !== undefined || this.#isClosed) return;
    this.#following?.stop();
    this.#following = undefined;
    this.#lingering = this.#parts.clock.after(LINGER_MS, () => {
      this.#lingering = undefined;
      this.#keeping?.cancel();
      this.#keeping = undefined;
      this.#review();
    });
  }

  #review(): void {
    if (this.#isClosed) return;
    const isClaimed = this.#isNeeded;
    const holds = [...this.#seats].some((seat) => seat.holds);
    this.#wants.take({ wants: isClaimed && !holds, holds });
    const isWanted = isClaimed || this.#wants.isWanted;
    for (const seat of this.#seats) seat.want({ isWanted, isClaimed });
  }

  #openSession({ streamer, orders, accounts, duty }: EventSource, standing: TenantDuty['standing']): StreamSession {
    const { fleet, clock, ids, log, observer } = this.#parts;
    const isHeld = (): boolean => duty.isHeld();
    const writer = new JournalWriter({ journal: fleet.journal, name: this.#name, isHeld, observer });
    const listeners = this.#listeners;
    const parts = { streamer, orders, accounts, duty, writer, listeners, clock, ids, log, observer };
    return new StreamSession(parts, standing);
  }

  #followJournal(): Following {
    const { fleet, clock, ids } = this.#parts;
    return fleet.journal.follow(this.#name, undefined, {
      entry: (entry) => this.#onEntry(entry),
      cut: () =>
        this.#listeners.tell({
          key: `cut ${ids.uuid()}`,
          event: { kind: 'gap', to: clock.now(), isWhole: false },
        }),
    });
  }

  #onEntry(entry: JournalEntry): void {
    const told = toldBy(entry);
    if (told !== undefined) this.#listeners.tell({ key: entry.key, ...told });
  }

  /** As long as somebody listens, a broker is kept for it, whatever becomes of the last one. */
  #keep(): void {
    if (this.#keeping !== undefined) return;
    const keep = (): void => {
      void this.#parts
        .keepBroker()
        .catch((error: unknown) => this.#parts.log.warn({ error }, 'No broker for the account events'));
    };
    this.#keeping = this.#parts.clock.every(KEEP_EVERY_MS, keep);
    keep();
  }
}

function toldBy(entry: JournalEntry): (AccountEntry & { readonly id: string }) | undefined {
  const event = readEvent(entry);
  return event === undefined ? undefined : { id: entry.id, event };
}
