import type { Wanted } from '../../broker/broker.ts';
import { MAX_FEED_ENTRIES } from '../../broker/dxlink/subscriptions.ts';
import type { FeedRun, MarketFeed, OpenFeed } from '../../broker/quotes/market-feed.ts';
import { wantedKey } from '../../broker/quotes/market-feed.ts';
import type { Timer } from '../../core/clock.ts';
import type { DutySeat, Standing, TenantDuty } from '../tenant-duty.ts';
import { FeedFollower } from './feed-follower.ts';
import { FeedOwner } from './feed-owner.ts';
import type { EpochWatch, FeedRole, RoleParts } from './feed-role.ts';
import { WantedSet } from './wanted-set.ts';

export type FleetFeedParts = Omit<RoleParts, 'duty' | 'epochs' | 'wanted'> & {
  readonly duty: TenantDuty;
  /** Opens this replica's own socket, when it is its turn. */
  readonly openOwn: OpenFeed;
};

/** The owner keeps the socket for so long after the last who wanted something; a follower gives up its place sooner. */
const OWNER_IDLE_MS = 300_000;
const FOLLOWER_IDLE_MS = 2000;

/** One tenant's market data on one of many replicas: through its own socket while the duty is its own, else through the owner's. */
export class FleetFeed implements MarketFeed {
  readonly #parts: FleetFeedParts;
  readonly #wanted = new WantedSet();
  readonly #epochs: EpochWatch = { highest: 0 };
  readonly #seat: DutySeat;
  #standing: Standing = { kind: 'none' };
  #role: FeedRole | undefined;
  #closing: Promise<void> = Promise.resolve();
  #idle: Timer | undefined;
  #isClosed = false;

  constructor(parts: FleetFeedParts) {
    this.#parts = parts;
    this.#seat = parts.duty.join({ stand: (standing) => this.#stand(standing) });
  }

  add(wanted: Wanted): boolean {
    if (this.#wanted.has(wantedKey(wanted))) return true;
    if (this.#isClosed || this.#wanted.size >= MAX_FEED_ENTRIES) return false;
    if (this.#role?.add(wanted) === false) return false;
    this.#wanted.add(wanted);
    this.#idle?.cancel();
    this.#idle = undefined;
    this.#seat.claim();
    return true;
  }

  remove(wanted: Wanted): void {
    if (!this.#wanted.delete(wanted)) return;
    this.#role?.remove(wanted);
    if (this.#wanted.size === 0) this.#idleSoon();
  }

  run(): FeedRun | undefined {
    return this.#role?.run();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#idle?.cancel();
    const closed = this.#leaveRole();
    await Promise.all([this.#seat.leave(), closed]);
  }

  #stand(standing: Standing): Promise<void> | void {
    this.#standing = standing;
    if (standing.kind === 'held') this.#epochs.highest = Math.max(this.#epochs.highest, standing.epoch);
    if (this.#isClosed) return this.#closing;
    if (standing.kind === 'none' || !(this.#role instanceof FeedOwner)) return this.#change(standing);
    this.#role.publishAs(epochOf(standing));
  }

  /** The old way is closed before the new one is opened; a follower opens nothing, and may begin at once. */
  async #change(standing: Standing): Promise<void> {
    const closed = this.#leaveRole();
    if (standing.kind === 'none') this.#role = new FeedFollower(this.#roleParts());
    await closed;
    if (standing.kind === 'none' || standing !== this.#standing || this.#isClosed) return;
    const owner = new FeedOwner(this.#roleParts(), this.#parts.openOwn);
    this.#role = owner;
    owner.publishAs(epochOf(standing));
    if (this.#wanted.size === 0) this.#idleSoon();
  }

  #leaveRole(): Promise<void> {
    const [before, role] = [this.#closing, this.#role];
    this.#role = undefined;
    this.#closing = Promise.all([before, role?.close()]).then(() => {});
    return this.#closing;
  }

  #roleParts(): RoleParts {
    return { ...this.#parts, epochs: this.#epochs, wanted: this.#wanted };
  }

  /** Nothing is wanted here: the place is given up after a while, unless others need it. */
  #idleSoon(): void {
    const role = this.#role;
    this.#idle?.cancel();
    this.#idle = this.#parts.clock.after(role instanceof FeedOwner ? OWNER_IDLE_MS : FOLLOWER_IDLE_MS, () => {
      if (this.#role instanceof FeedOwner && (role !== this.#role || this.#role.followers > 0)) this.#idleSoon();
      else this.#seat.waive();
    });
  }
}

function epochOf(standing: Standing): number | undefined {
  return standing.kind === 'held' ? standing.epoch : undefined;
}
