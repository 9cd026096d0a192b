import type { Clock, Timer } from '../core/clock.ts';
import { hasCode } from '../core/errors.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import { LEASE_TTL_MS, type LeaseGrant, type LeaseName, type Leases } from './leases.ts';

/**
 * - gained: it is ours, under this epoch
 * - lost: it was ours; what it allowed has to stop at once
 * - refused: another has it
 * - away: the store could not be reached
 */
export type LeaseNews =
  | { readonly kind: 'gained'; readonly epoch: number }
  | { readonly kind: 'lost' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'away' };

export type LeaseKeeperParts = {
  readonly leases: Leases;
  readonly name: LeaseName;
  /** Who asks; each time that it is sought anew under another name, so that an old grant is never taken for a new one. */
  readonly holder: string;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** Called at once, in order. */
  readonly onNews: (news: LeaseNews) => void;
};

const RENEW_EVERY_MS = LEASE_TTL_MS / 3;
const RETRY_MS = 250;
/** So lately the store has to have failed us for us to say that it is away: a process that was frozen has not asked. */
const JUST_NOW_MS = 600;

type State = 'resting' | 'seeking' | 'held';

/** Tries to hold one lease for as long as it is told to, renews it, and knows by itself when it has lapsed. */
export class LeaseKeeper {
  readonly #parts: LeaseKeeperParts;
  #state: State = 'resting';
  #stint = 0;
  #grant: LeaseGrant | undefined;
  #timer: Timer | undefined;
  #isAsking = false;
  #isHurried = false;
  #awayAtMs = -Infinity;
  #quietUntilMs = -Infinity;

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
  }

  /** The epoch under which it is held at this moment, by the monotonic clock. To be asked before every act. */
  held(): number | undefined {
    if (this.#grant === undefined || this.#nowMs() >= this.#grant.heldUntilMs) return undefined;
    return this.#grant.epoch;
  }

  /** For how long from now it surely is ours; 0 when it is not. */
  leftMs(): number {
    return this.#grant === undefined ? 0 : Math.max(0, this.#grant.heldUntilMs - this.#nowMs());
  }

  /** Whether the store has just failed to answer: then nobody can take the lease either. */
  isStoreAway(): boolean {
    return this.#nowMs() - this.#awayAtMs <= JUST_NOW_MS;
  }

  /** From now on tries to hold it. Idempotent. */
  seek(): void {
    if (this.#state !== 'resting') return;
    this.#state = 'seeking';
    void this.#ask();
  }

  /** Asks now, and not when it is due. */
  hurry(): void {
    this.#quietUntilMs = -Infinity;
    if (this.#state === 'resting') return;
    if (this.#isAsking) this.#isHurried = true;
    else void this.#ask();
  }

  /** Its holder has just been heard: there is no use in asking for so long. */
  postpone(ms: number): void {
    this.#quietUntilMs = this.#nowMs() + ms;
  }

  /** Notices a lapse now, and not when the next renewal is due. */
  review(): void {
    if (this.#state === 'held' && this.held() === undefined) this.forfeit();
  }

  /** Lets go of it without giving it back: it may be another's already. Goes on seeking. */
  forfeit(): void {
    if (this.#state !== 'held') return;
    this.#newStint('seeking');
    this.#parts.onNews({ kind: 'lost' });
    this.#askIn(0);
  }

  /** Seeks it no more. What it allowed stops now; it is given back when `closing` is over. Never rejects. */
  async letGo(closing: () => Promise<void>): Promise<void> {
    const [grant, holder] = [this.#grant, this.#holder()];
    this.#newStint('resting');
    await closing();
    if (grant !== undefined) await this.#giveBack(holder, grant.epoch);
  }

  #newStint(state: State): void {
    this.#state = state;
    this.#stint += 1;
    this.#grant = undefined;
    this.#timer?.cancel();
  }

  #holder(): string {
    return `${this.#parts.holder}.${this.#stint}`;
  }

  async #ask(): Promise<void> {
    this.review();
    if (this.#state === 'resting' || this.#isAsking) return;
    this.#timer?.cancel();
    const waitMs = this.#quietUntilMs - this.#nowMs();
    if (this.#state === 'seeking' && waitMs > 0) {
      this.#askIn(waitMs + this.#parts.ids.fraction() * RETRY_MS);
      return;
    }
    this.#isAsking = true;
    this.#isHurried = false;
    const [stint, holder] = [this.#stint, this.#holder()];
    const answer = await this.#attempt(holder);
    this.#isAsking = false;
    if (stint === this.#stint) this.#take(answer);
    else this.#takeLate(answer, holder);
  }

  /** `null` when the store could not be asked. */
  async #attempt(holder: string): Promise<LeaseGrant | null | undefined> {
    const { leases, name, log } = this.#parts;
    try {
      return await (this.#grant === undefined
        ? leases.acquire(name, holder)
        : leases.renew(name, holder, this.#grant.epoch));
    } catch (error) {
      const isOutage = hasCode(error, 'coordination_unavailable');
      if (!isOutage) log.error({ error, lease: name.kind }, 'A lease could not be asked for');
      return null;
    }
  }

  #take(answer: LeaseGrant | null | undefined): void {
    if (answer === null) this.#onAway();
    else if (answer === undefined) this.#onRefused();
    else this.#onGrant(answer);
  }

  #onGrant(grant: LeaseGrant): void {
    this.#awayAtMs = -Infinity;
    const isNew = this.#grant === undefined;
    this.#grant = grant;
    // An answer that came so late is worth nothing.
    if (this.held() === undefined) {
      if (isNew) this.#newStint('seeking');
      this.#askIn(0);
      return;
    }
    this.#state = 'held';
    this.#askIn(RENEW_EVERY_MS * (1 - this.#parts.ids.fraction() / 4));
    if (isNew) this.#parts.onNews({ kind: 'gained', epoch: grant.epoch });
  }

  #onRefused(): void {
    this.#awayAtMs = -Infinity;
    if (this.#state === 'held') {
      this.forfeit();
      return;
    }
    this.#askIn(this.#isHurried ? 0 : this.#askAgainMs());
    this.#parts.onNews({ kind: 'refused' });
  }

  /** A holder that was heard until now, and no longer, may just have died. */
  #askAgainMs(): number {
    const isMissed = this.#nowMs() - this.#quietUntilMs <= LEASE_TTL_MS;
    const atMostMs = isMissed ? 2 * RETRY_MS : RENEW_EVERY_MS;
    return atMostMs * (1 - this.#parts.ids.fraction() / 2);
  }

  #onAway(): void {
    this.#awayAtMs = this.#nowMs();
    this.#askIn(RETRY_MS);
    this.review();
    this.#parts.onNews({ kind: 'away' });
  }

  /** The answer to a question that has become another since. */
  #takeLate(answer: LeaseGrant | null | undefined, holder: string): void {
    if (this.#state !== 'resting') this.#askIn(0);
    if (answer !== null && answer !== undefined) void this.#giveBack(holder, answer.epoch);
  }

  async #giveBack(holder: string, epoch: number): Promise<void> {
    const { leases, name } = this.#parts;
    // It ends by itself when it cannot be given back.
    await leases.release(name, holder, epoch).catch(() => {});
  }

  #askIn(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(ms, () => void this.#ask());
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}
