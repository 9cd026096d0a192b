import type { Clock } from '../core/clock.ts';
import { hasCode } from '../core/errors.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import type { Turn } from '../core/turn.ts';
import { type Budget, shareOf, type Window, windowOf } from './budget.ts';
import type { BudgetStore, StoreAnswer } from './budget-store.ts';
import { createDemand, type Demand } from './demand.ts';
import { GrantedUnits, TELLING_MS } from './granted-units.ts';
import type { LimiterObserver } from './limiter-observer.ts';
import type { Footing, Standing } from './standing.ts';
import { createUsedUnits, type UsedUnit, type UsedUnits } from './used-units.ts';

export type LocalBudgetParts = {
  readonly store: BudgetStore;
  readonly standing: Standing;
  readonly holder: string;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly observer: LimiterObserver;
  readonly log: Log;
  /** Called when there may be more units than before. */
  readonly wake: () => void;
};

/** Below so many calls within a window a lease would be held more than used. */
const LEASE_FROM = 3;
/** When a lease was too small, the next is larger by a little more than was lacking. */
const GROWTH = 1.1;
/** A lease that is still in use is extended so long before its end. */
const RENEW_MS = 300;
/** How soon more is asked for: where there was some, and where there was none. */
const CALM_PAUSE_MS = 50;
const TIGHT_PAUSE_MS = 500;
const OUTAGE_PAUSE_MS = 100;
/** Whoever got a unit lets the others ask first. */
const COURTESY_MS = 25;
const JITTER_MS = 10;
/** For whose shares uses are remembered long enough. */
const MANY_REPLICAS = 16;

/** What was wished for under a lease, what was held, and since when it counts. */
type Asked = { readonly lease: number; readonly held: number; readonly askedMs: number };

/** `leased`: how many units the lease had that it was taken of; absent where it was of none. */
type Taken = { readonly coveredMs: number; readonly leased?: number };

const isShare = (footing: Footing): boolean => footing === 'share' || footing === 'shareTold';

/** What this replica may use of one budget now: out of a lease, units granted one by one, or its share while the store is away. */
export class LocalBudget {
  readonly window: Window;
  /** Calls that wait for a unit, among others. */
  waiting = 0;
  readonly #budget: Budget;
  readonly #parts: LocalBudgetParts;
  readonly #used: UsedUnits;
  readonly #granted: GrantedUnits;
  readonly #demand: Demand;
  #rivals = 0;
  #isAsking = false;
  #askAgainMs = 0;
  #gotSingle = false;

  constructor(budget: Budget, parts: LocalBudgetParts) {
    const { clock } = parts;
    this.window = windowOf(budget);
    this.#budget = budget;
    this.#parts = parts;
    this.#used = createUsedUnits(clock, Math.max(this.window.holdMs, shareOf(this.window, MANY_REPLICAS).holdMs));
    this.#granted = new GrantedUnits(clock);
    this.#demand = createDemand(clock, this.window.holdMs);
  }

  get isIdle(): boolean {
    const { lease, singles } = this.#granted;
    const holdsNothing = lease.units === 0 && singles === 0 && !this.#isAsking;
    return holdsNothing && this.waiting === 0 && this.#used.count(this.window.holdMs) === 0;
  }

  /** Whether units were asked for that may come at any moment. */
  get isAsking(): boolean {
    return this.#isAsking;
  }

  arrived(): void {
    this.#demand.arrived();
  }

  /** Units that may be used at this moment. */
  free(): number {
    const sliding = this.#freeWithin(this.#bound());
    return this.#footing() === 'store' ? sliding + this.#granted.singles : sliding;
  }

  /** Takes one of the units that are free. */
  use(): UsedUnit & Pick<Turn, 'notAfterMs'> {
    const taken = this.#take();
    const { coveredMs } = taken;
    const wakeOthers = (): void => {
      if (this.waiting > 0) this.#parts.wake();
    };
    const unit = this.#used.use(() => {
      if (!this.#isCovered(taken)) this.#note(1);
      wakeOthers();
    });
    if (this.#isLeaseEnding()) this.#ask(0);
    return {
      notAfterMs: (coveredMs > 0 ? coveredMs : this.#now()) + this.window.holdMs - TELLING_MS,
      left: unit.left,
      ended() {
        unit.ended();
        wakeOthers();
      },
    };
  }

  /** Whether asking for units may bring any now, or is under way. */
  isWorthAsking(): boolean {
    return this.#footing() === 'store' && (this.#isAsking || this.#now() >= this.#askAgainMs);
  }

  /** Sees to units for whoever waits. */
  seek(): void {
    if (this.isWorthAsking()) this.#ask(this.waiting);
  }

  /** No unit comes free before this monotonic time; `undefined` where that is not known. */
  nextChanceMs(): number | undefined {
    const footing = this.#footing();
    const { units, holdMs } = this.#bound();
    if (this.#isAsking || footing === 'held') return undefined;
    const slidesMs = units === 0 ? undefined : this.#used.nextFreeMs(holdMs);
    return footing === 'store' ? Math.min(slidesMs ?? this.#askAgainMs, this.#askAgainMs) : slidesMs;
  }

  /** Units that this replica can expect within a window, by what it knows of the others. */
  expected(): number {
    if (!isShare(this.#footing())) {
      return Math.max(this.#granted.lease.units, this.window.units / (this.#rivals + 1));
    }
    const share = this.#share();
    return (share.units * this.window.holdMs) / share.holdMs;
  }

  /** After shares were drawn, or when the store has lost what it had granted: tells it what was used, and begins anew with it. */
  declare(hasForgotten: boolean): void {
    if (!hasForgotten && this.#footing() !== 'shareTold') return;
    this.#granted.forget();
    const uses = this.#used.count(this.window.holdMs);
    if (uses > 0) this.#note(uses);
  }

  /** What uses are held to now: a lease, or a share. */
  #bound(): Window {
    const footing = this.#footing();
    if (isShare(footing)) return this.#share();
    const { holdMs } = this.window;
    const { units } = this.#granted.lease;
    if (footing === 'store') return { units, holdMs };
    const part = Math.max(1, Math.floor(this.window.units / this.#parts.standing.replicas()));
    return { units: Math.min(units, part), holdMs };
  }

  #freeWithin({ units, holdMs }: Window): number {
    return units === 0 ? 0 : Math.max(0, units - this.#used.count(holdMs));
  }

  /** Takes what is free, of a lease first; tells until when the use is covered by what the store holds. */
  #take(): Taken {
    const bound = this.#bound();
    if (this.#freeWithin(bound) > 0) {
      const { untilMs, units } = this.#granted.lease;
      return isShare(this.#footing()) ? { coveredMs: 0 } : { coveredMs: untilMs, leased: units };
    }
    const coveredMs = this.#granted.takeSingle();
    if (coveredMs === undefined) throw new RangeError(`No unit of ${this.#budget.key} is free`);
    return { coveredMs };
  }

  /** Whether the store still holds a unit for a use that begins now. A lease may have been given up, or a part of it, since. */
  #isCovered({ coveredMs, leased }: Taken): boolean {
    if (leased === undefined) return this.#now() <= coveredMs;
    const { units } = this.#granted.lease;
    return units >= leased || this.#used.count(this.window.holdMs) <= units;
  }

  #isLeaseEnding(): boolean {
    if (this.#footing() !== 'store' || this.#now() < this.#askAgainMs) return false;
    const { units, untilMs } = this.#granted.lease;
    return units > 0 && untilMs - this.#now() < RENEW_MS;
  }

  #ask(waiting: number): void {
    const wish = this.#wish(waiting);
    if (this.#isAsking || (wish === 0 && waiting === 0)) return;
    const { store, holder, observer, wake } = this.#parts;
    const askedMs = this.#now();
    const { lease: held } = this.#granted;
    const bound = { units: held.units, forMs: Math.max(0, held.untilMs - askedMs) };
    this.#isAsking = true;
    observer.storeCommand('ask');
    void store
      .ask({ budget: this.#budget, holder, lease: wish, bound, units: waiting, isUrgent: false })
      .then(
        (answer) => this.#receive(answer, { lease: wish, held: held.units, askedMs }),
        (error: unknown) => this.#failed(error),
      )
      .then(() => {
        this.#isAsking = false;
        wake();
      });
  }

  /** As much as is needed, and a little more; what turns out to be too much is given up by halves. */
  #wish(waiting: number): number {
    const perWindow = this.#demand.perWindow();
    if (perWindow < LEASE_FROM) return 0;
    const { units: held } = this.#granted.lease;
    const wish =
      waiting > 0 ? Math.max(perWindow, (held + waiting) * GROWTH) : Math.max(perWindow, (held + perWindow) / 2);
    return Math.min(this.window.units, Math.ceil(wish));
  }

  #receive(answer: StoreAnswer, asked: Asked): void {
    const { lease, leaseMs, units, rivals } = answer;
    this.#rivals = rivals;
    if (asked.lease > 0) this.#granted.setLease(lease, leaseMs, asked.askedMs);
    if (lease > 0) this.#parts.observer.leased(lease);
    this.#granted.addSingles(units, asked.askedMs);
    this.#askAgainMs = this.#now() + this.#pauseAfter(answer, asked);
    this.#gotSingle = units > 0;
  }

  #pauseAfter({ lease, units, waitMs, rivals }: StoreAnswer, asked: Asked): number {
    if (lease > 0) return lease === asked.lease || lease > asked.held ? CALM_PAUSE_MS : TIGHT_PAUSE_MS;
    if (units > 0) return 0;
    const courtesyMs = rivals > 0 && this.#gotSingle ? COURTESY_MS : 0;
    return waitMs + courtesyMs + this.#parts.ids.fraction() * JITTER_MS;
  }

  #failed(error: unknown): void {
    this.#askAgainMs = this.#now() + OUTAGE_PAUSE_MS;
    const isOutage = hasCode(error, 'coordination_unavailable');
    if (!isOutage) this.#parts.log.error({ error }, 'A budget could not be asked for');
  }

  /** While the store is away it is told later, by `declare`. */
  #note(units: number): void {
    const footing = this.#footing();
    if (footing === 'share' || footing === 'held') return;
    this.#parts.observer.storeCommand('note');
    this.#parts.store.note(this.#budget, units).catch(() => {});
  }

  #share(): Window {
    return shareOf(this.window, this.#parts.standing.replicas());
  }

  #footing(): Footing {
    return this.#parts.standing.footing(this.window.holdMs);
  }

  #now(): number {
    return this.#parts.clock.monotonicMs();
  }
}
