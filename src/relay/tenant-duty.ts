import type { Clock, Timer } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { LeaseKeeper, type LeaseNews } from '../fleet/lease-keeper.ts';
import type { Pulse } from '../fleet/pulse.ts';
import { type ReleaseBell, createReleaseBell } from './release-bell.ts';

/**
 * What a replica is for one tenant:
 * - none: another may hold the tenant's sockets, or nobody wants them
 * - held: this one alone holds them; what it tells others carries the epoch
 * - alone: what replicas share is away, so each has sockets of its own, and tells nobody
 */
export type Standing =
  | { readonly kind: 'none' }
  | { readonly kind: 'held'; readonly epoch: number }
  | { readonly kind: 'alone' };

/** Whatever opens a socket that a tenant may have once: its market data, its account events. */
export type DutyMember = {
  /**
   * Told at once of each change. For `none`: stop now, and resolve when the socket is closed, within a second. From
   * `alone` to `held` and back the socket may stay.
   */
  stand(standing: Standing): Promise<void> | void;
};

/** One member's place. */
export type DutySeat = {
  /** Wants the duty done by somebody, and here if nobody else does it. Idempotent. */
  claim(): void;
  /** Does not need it any more. Idempotent. */
  waive(): void;
  /** Waives for good. When the last member has left, the duty is closed. */
  leave(): Promise<void>;
};

/** The one lease on all sockets of one tenant, as this replica sees it: who holds it opens them, nobody else. */
export type TenantDuty = {
  readonly standing: Standing;
  /** Ours at this very moment, by the monotonic clock. To be asked before each publication. */
  isHeld(): boolean;
  /** For how long from now it surely stays ours, in milliseconds; 0 when it is not. */
  leftMs(): number;
  /** Whether our own socket may speak to our own readers at this very moment. To be asked before each event. */
  maySpeak(): boolean;
  join(member: DutyMember): DutySeat;
  /** Another holder has just been heard to live. */
  heard(): void;
  /** Somebody has seen a higher epoch than ours: it is no longer ours, whatever we believe. */
  overtaken(epoch: number): void;
  /** Closes what is open here, then lets another have it; takes it back only when nobody wants it. Never rejects. */
  handOver(): Promise<void>;
};

/** Counts, over all tenants of this replica. */
export type DutyObserver = {
  held(change: 1 | -1): void;
  alone(change: 1 | -1): void;
  handedOver(): void;
};

export type TenantDutyParts = {
  readonly fleet: Pick<Fleet, 'replica' | 'leases' | 'channels' | 'onPresence'>;
  /** The tenant's id. */
  readonly owner: string;
  readonly pulse: Pulse;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly observer: DutyObserver;
  /** Called once, when the last member has left. */
  readonly onClosed?: () => void;
};

/** A store that is away for a shorter time is waited for. */
const ALONE_AFTER_MS = 1000;
const CLOSING_MS = 1000;
/** Whoever lives is heard more often than this. */
const QUIET_MS = 1200;
/** After a hand-over others have so long to take it. */
const RECLAIM_MS = 1000;
const NONE: Standing = { kind: 'none' };

type Seat = { readonly member: DutyMember; claims: boolean };

export function createTenantDuty(parts: TenantDutyParts): TenantDuty {
  return new LiveDuty(parts);
}

class LiveDuty implements TenantDuty {
  readonly #parts: TenantDutyParts;
  readonly #keeper: LeaseKeeper;
  readonly #bell: ReleaseBell;
  readonly #seats = new Set<Seat>();
  readonly #stopWatching: (() => void)[];
  #standing: Standing = NONE;
  #awaySinceMs: number | undefined;
  #reclaim: Timer | undefined;
  #isRetired = false;
  #isClosed = false;

  constructor(parts: TenantDutyParts) {
    this.#parts = parts;
    const { fleet, owner, pulse, clock, ids, log } = parts;
    this.#keeper = new LeaseKeeper({
      leases: fleet.leases,
      name: { kind: 'feed', owner },
      holder: `${fleet.replica}.${ids.uuid()}`,
      clock,
      ids,
      log,
      onNews: (news) => this.#onNews(news),
    });
    this.#bell = createReleaseBell(fleet.channels, owner, () => {
      if (!this.#isRetired) this.#keeper.hurry();
    });
    this.#stopWatching = [
      pulse.onStandstill(() => this.#onStandstill()),
      fleet.onPresence((isAway) => this.#onPresence(isAway)),
    ];
  }

  get standing(): Standing {
    return this.#standing;
  }

  isHeld(): boolean {
    this.#parts.pulse.standstills();
    if (!this.#keeper.isStoreAway()) this.#keeper.review();
    return this.#standing.kind === 'held' && this.#keeper.held() === this.#standing.epoch;
  }

  leftMs(): number {
    return this.#standing.kind === 'held' ? this.#keeper.leftMs() : 0;
  }

  maySpeak(): boolean {
    if (this.isHeld()) return true;
    // Nobody can take it from a store that is away.
    return this.#standing.kind === 'alone' || (this.#standing.kind === 'held' && this.#keeper.isStoreAway());
  }

  join(member: DutyMember): DutySeat {
    const seat: Seat = { member, claims: false };
    this.#seats.add(seat);
    void this.#tell(seat, this.#standing);
    return {
      claim: () => this.#claim(seat),
      waive: () => void this.#waive(seat),
      leave: () => this.#leave(seat),
    };
  }

  heard(): void {
    if (this.#standing.kind === 'none') this.#keeper.postpone(QUIET_MS);
  }

  overtaken(epoch: number): void {
    if (this.#standing.kind === 'held' && epoch > this.#standing.epoch) this.#keeper.forfeit();
  }

  async handOver(): Promise<void> {
    this.#isRetired = true;
    if (this.#standing.kind === 'held') this.#parts.observer.handedOver();
    await this.#letGo();
    if (!this.#isClaimed) return;
    this.#reclaim = this.#parts.clock.after(RECLAIM_MS, () => this.#seek());
  }

  get #isClaimed(): boolean {
    return [...this.#seats].some(({ claims }) => claims);
  }

  #claim(seat: Seat): void {
    if (seat.claims || this.#isClosed) return;
    seat.claims = true;
    if (this.#reclaim === undefined) this.#seek();
  }

  #seek(): void {
    this.#reclaim = undefined;
    if (!this.#isClaimed) return;
    this.#listen();
    this.#keeper.seek();
  }

  async #waive(seat: Seat): Promise<void> {
    if (!seat.claims) return;
    seat.claims = false;
    if (!this.#isClaimed) await this.#letGo();
  }

  async #leave(seat: Seat): Promise<void> {
    if (!this.#seats.has(seat)) return;
    if (this.#seats.size > 1) {
      seat.claims = false;
      await Promise.all([this.#tell(seat, NONE), this.#isClaimed ? undefined : this.#letGo()]);
      this.#seats.delete(seat);
      return;
    }
    await this.#close(seat);
  }

  async #close(last: Seat): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    last.claims = false;
    for (const stop of this.#stopWatching) stop();
    await this.#letGo();
    this.#seats.clear();
    this.#parts.onClosed?.();
  }

  async #letGo(): Promise<void> {
    this.#reclaim?.cancel();
    this.#reclaim = undefined;
    this.#awaySinceMs = undefined;
    this.#bell.stop();
    const wasHeld = this.#standing.kind === 'held';
    await this.#keeper.letGo(() => this.#become(NONE));
    if (wasHeld) await this.#bell.ring();
  }

  #onNews(news: LeaseNews): void {
    this.#parts.pulse.standstills();
    if (news.kind !== 'away') this.#awaySinceMs = undefined;
    switch (news.kind) {
      case 'gained':
        void this.#become({ kind: 'held', epoch: news.epoch });
        break;
      case 'lost':
        void this.#become(this.#keeper.isStoreAway() ? { kind: 'alone' } : NONE);
        break;
      case 'refused':
        if (this.#standing.kind === 'alone') void this.#become(NONE);
        this.#listen();
        break;
      case 'away':
        this.#onAway();
        break;
    }
  }

  #onAway(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#awaySinceMs ??= nowMs;
    if (this.#standing.kind !== 'none' || nowMs - this.#awaySinceMs < ALONE_AFTER_MS) return;
    void this.#become({ kind: 'alone' });
  }

  /** What our sockets have for us now may be old, and the lease another's. */
  #onStandstill(): void {
    this.#awaySinceMs = undefined;
    this.#keeper.review();
    if (this.#standing.kind === 'alone') void this.#become(NONE);
  }

  #onPresence(isAway: boolean): void {
    if (this.#isClaimed && this.#reclaim === undefined) this.#keeper.hurry();
    if (!isAway && this.#isClaimed) this.#listen();
  }

  #listen(): void {
    if (!this.#isRetired) void this.#bell.listen();
  }

  async #become(standing: Standing): Promise<void> {
    const { observer } = this.#parts;
    const before = this.#standing.kind;
    this.#standing = standing;
    if (before === 'held') observer.held(-1);
    if (before === 'alone') observer.alone(-1);
    if (standing.kind === 'held') observer.held(1);
    if (standing.kind === 'alone') observer.alone(1);
    await Promise.all([...this.#seats].map((seat) => this.#tell(seat, standing)));
  }

  /** Waits for no member longer than it may take. */
  async #tell({ member }: Seat, standing: Standing): Promise<void> {
    const { clock, log } = this.#parts;
    const done = new AbortController();
    try {
      await Promise.race([member.stand(standing), clock.sleep(CLOSING_MS, done.signal).catch(() => {})]);
    } catch (error) {
      log.error({ error }, 'A socket of a tenant did not change hands cleanly');
    } finally {
      done.abort();
    }
  }
}
