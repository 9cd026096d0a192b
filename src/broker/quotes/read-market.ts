import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { MissingReason, Reading, ReadOptions, Wanted } from '../broker.ts';
import type { EventOf, MarketEvent, MarketEventKind } from '../model/quote.ts';
import type { Held, Hold, QuoteHub } from './quote-hub.ts';

/** A value younger than this is not asked for again: the feed would only repeat it. */
const REFRESH_FLOOR_MS = 1_000;

/** One wanted event of one read. It is settled as soon as it has a value, or a reason why there is none. */
type Slot<Kind extends MarketEventKind> = {
  readonly wanted: Wanted<Kind>;
  hold?: Hold;
  held?: Held;
  reason?: MissingReason;
};

export type MarketReadOptions<Kind extends MarketEventKind> = ReadOptions & {
  readonly hub: QuoteHub;
  readonly clock: Clock;
  readonly wanted: readonly Wanted<Kind>[];
};

/** One call of `read`: holds what is wanted until all of it is there, the time is up, or the caller has gone. */
export class MarketRead<Kind extends MarketEventKind> {
  readonly #options: MarketReadOptions<Kind>;
  readonly #slots: readonly Slot<Kind>[];
  readonly #done = Promise.withResolvers<void>();
  #unsettled: number;

  constructor(options: MarketReadOptions<Kind>) {
    this.#options = options;
    this.#slots = options.wanted.map((wanted) => ({ wanted }));
    this.#unsettled = options.wanted.length;
  }

  /** One reading per wanted event, in order. Throws `cancelled` and `reconnect_needed`. */
  async run(): Promise<readonly Reading<Kind>[]> {
    const { clock, signal, timeoutMs } = this.#options;
    if (signal.aborted) throw cancelled(signal);
    if (this.#slots.length === 0) return [];
    const onAbort = (): void => this.#done.reject(cancelled(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    const deadline = clock.after(timeoutMs, () => this.#done.resolve());
    try {
      for (const slot of this.#slots) this.#ask(slot);
      await this.#done.promise;
      return this.#slots.map((slot) => this.#reading(slot));
    } finally {
      deadline.cancel();
      signal.removeEventListener('abort', onAbort);
      for (const slot of this.#slots) slot.hold?.release();
    }
  }

  #ask(slot: Slot<Kind>): void {
    const hold = this.#options.hub.hold(slot.wanted, {
      value: (held) => this.#settle(slot, { held }),
      missing: (reason) => this.#settle(slot, { reason }),
      failed: (error) => this.#done.reject(error),
    });
    if (typeof hold === 'string') {
      this.#settle(slot, { reason: hold });
      return;
    }
    slot.hold = hold;
    const held = hold.current();
    if (held === undefined) return;
    if (this.#isConfirmed(held)) this.#settle(slot, { held });
    else if (this.#options.clock.monotonicMs() - held.receivedAtMs >= REFRESH_FLOOR_MS) hold.refresh();
  }

  /** A later value of a settled slot replaces the earlier one: what is returned is the newest of all. */
  #settle(slot: Slot<Kind>, outcome: Pick<Slot<Kind>, 'held' | 'reason'>): void {
    const wasSettled = slot.held !== undefined || slot.reason !== undefined;
    Object.assign(slot, outcome);
    if (wasSettled) return;
    this.#unsettled -= 1;
    if (this.#unsettled === 0) this.#finish();
  }

  /** What has become void while the rest was waited for is waited for again. */
  #finish(): void {
    for (const slot of this.#slots) {
      if (slot.held?.run.isVoid !== true) continue;
      delete slot.held;
      this.#unsettled += 1;
    }
    if (this.#unsettled === 0) this.#done.resolve();
  }

  #isConfirmed(held: Held): boolean {
    const { clock, maxAgeMs } = this.#options;
    if (held.run.isVoid === true) return false;
    return maxAgeMs === undefined || clock.monotonicMs() - confirmedAtMs(held) <= maxAgeMs;
  }

  #reading({ wanted, held, reason }: Slot<Kind>): Reading<Kind> {
    const { symbol, kind } = wanted;
    if (held === undefined || !isOfKind(held.event, kind) || !this.#isConfirmed(held)) {
      return { kind: 'missing', symbol, wanted: kind, reason: reason ?? this.#reasonAtDeadline() };
    }
    const nowMs = this.#options.clock.monotonicMs();
    return {
      kind: 'value',
      symbol,
      event: held.event,
      ageMs: Math.round(nowMs - held.receivedAtMs),
      confirmedAgeMs: Math.round(nowMs - confirmedAtMs(held)),
    };
  }

  #reasonAtDeadline(): MissingReason {
    return this.#options.hub.isLive ? 'no-data-before-deadline' : 'feed-unavailable';
  }
}

/** Until when it is known to have been the current value: the feed has been heard since and told no other. */
function confirmedAtMs({ receivedAtMs, run }: Held): number {
  return Math.max(receivedAtMs, run.heardAtMs);
}

function isOfKind<Kind extends MarketEventKind>(event: MarketEvent, kind: Kind): event is EventOf<Kind> {
  return event.kind === kind;
}

function cancelled(signal: AbortSignal): GatewayError {
  return new GatewayError('cancelled', 'The caller withdrew the call before the market data was there.', {
    cause: signal.reason,
  });
}
