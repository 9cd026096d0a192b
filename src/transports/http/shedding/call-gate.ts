import type { Clock } from '../../../core/clock.ts';
import type { Turns } from '../../../core/turns.ts';
import { createPace } from './pace.ts';
import { createRates } from './rates.ts';
import { SHED, type Shed, type ShedReason } from './shed.ts';
import { type CallLane, createUnderWay } from './under-way.ts';

export type CallBounds = {
  /** Calls of one tenant that may be under way at a time. */
  readonly perTenant: number;
  /** Calls of one tenant that may begin within a second; as many more may rescue. */
  readonly perTenantPerSecond: number;
  /** Calls of all tenants that may be under way at a time. */
  readonly inAll: number;
  /** How many of those may only be calls that rescue. One tenant may have a quarter of them. */
  readonly rescueReserve: number;
  /** How long a call may be expected to wait for its start while a line stands, in milliseconds. A burst out of calm may wait three times as long. */
  readonly maxWaitMs: number;
};

export type GateObserver = {
  /** How many calls of a lane are under way, whenever that changes. */
  underWay(lane: CallLane, count: number): void;
  started(lane: CallLane, waitedMs: number): void;
  shed(lane: CallLane, reason: ShedReason): void;
};

/** A call that was let in. */
export type Ticket = {
  readonly lane: CallLane;
  /** Resolves when the call may begin: in a later turn of the event loop, when others wait. */
  readonly turn: Promise<void>;
  /** The call is over, or its client has gone. */
  leave(): void;
};

/** Decides at once whether a call is begun: what is begun is answered in good time, and a refusal costs next to nothing. */
export type CallGate = {
  /** Throws `rate_limited` when the tenant has or asks too much, and `overloaded` when all together do. */
  enter(tenant: string, lane: CallLane): Ticket;
  /** Throws `overloaded` where no call of this lane has a chance, before so much as a token is looked at. */
  refuseHopeless(lane: CallLane): void;
  /** A call of this tenant came to nothing but its refusal, since no budget had room: whoever goes on like that is soon refused here, for less. */
  cameToNothing(tenant: string): void;
  /** A connection was taken up: the next call waits for those behind it. */
  arrived(): void;
  /** Resolves when no call is under way. */
  idle(): Promise<void>;
  /** From now on every call is refused. */
  shut(): void;
};

export type CallGateParts = {
  readonly bounds: CallBounds;
  readonly clock: Clock;
  readonly turns: Turns;
  /** Whether what was begun is late already, so that more of it would only be later. */
  readonly isLate: () => boolean;
  readonly observer: GateObserver;
};

const RESERVE_SHARE = 1 / 4;
const BURST = 3;
/** A call that came to nothing cost as much as one that was served, and one refused here a twentieth of that. */
const COUNTS_FOR = 20;
/** A line that has not gone in so long is no burst, and neither is what comes so soon after a refusal. */
const BURST_MS = 250;
const CALM_MS = 1000;

export function createCallGate(parts: CallGateParts): CallGate {
  const { clock, observer } = parts;
  const underWay = createUnderWay();
  const pace = createPace(parts);
  const judge = createJudge(parts, { underWay, pace });

  const refuse = (shed: Shed | undefined, lane: CallLane): void => {
    if (shed === undefined) return;
    observer.shed(lane, shed.reason);
    throw shed;
  };
  const count = (tenant: string, lane: CallLane, by: 1 | -1): void =>
    observer.underWay(lane, underWay.change(tenant, lane, by));

  return {
    enter(tenant, lane) {
      refuse(judge.one(tenant, lane), lane);
      count(tenant, lane, 1);
      const enteredMs = clock.monotonicMs();
      const { promise: turn, resolve } = Promise.withResolvers<void>();
      let isIn = true;
      const start = (): void => {
        observer.started(lane, clock.monotonicMs() - enteredMs);
        resolve();
      };
      pace.start(tenant, { start, isGone: () => !isIn }, lane === 'rescue');
      const leave = (): void => {
        if (!isIn) return;
        isIn = false;
        resolve();
        count(tenant, lane, -1);
      };
      return { lane, turn, leave };
    },
    refuseHopeless: (lane) => refuse(judge.all(lane), lane),
    cameToNothing: (tenant) => judge.charge(tenant),
    arrived: () => pace.arrived(),
    idle: () => underWay.none(),
    shut: () => judge.shut(),
  };
}

type Judge = {
  /** What no call of this lane gets past. */
  all(lane: CallLane): Shed | undefined;
  one(tenant: string, lane: CallLane): Shed | undefined;
  charge(tenant: string): void;
  shut(): void;
};

type Seen = { readonly underWay: ReturnType<typeof createUnderWay>; readonly pace: ReturnType<typeof createPace> };

function createJudge({ bounds, clock, isLate }: CallGateParts, { underWay, pace }: Seen): Judge {
  const { perTenant, perTenantPerSecond, inAll, rescueReserve, maxWaitMs } = bounds;
  const rescueRates = createRates(clock, perTenantPerSecond);
  const rates = createRates(clock, perTenantPerSecond);
  let isShut = false;
  let refusedMs = -Infinity;

  const isBurst = (): boolean => pace.standingMs() <= BURST_MS && clock.monotonicMs() - refusedMs > CALM_MS;
  const waitsTooLong = (tenant?: string): boolean => pace.expectedMs(tenant) > maxWaitMs * (isBurst() ? BURST : 1);
  const refused = (shed: Shed): Shed => {
    refusedMs = clock.monotonicMs();
    return shed;
  };
  const allOf = (lane: CallLane): Shed | undefined => {
    if (isShut) return SHED.ending;
    if (lane === 'rescue') return underWay.rescues + underWay.others < inAll ? undefined : SHED.gateway_busy;
    if (underWay.others >= inAll - rescueReserve) return SHED.gateway_busy;
    if (waitsTooLong()) return refused(SHED.gateway_busy);
    return isLate() ? refused(SHED.gateway_late) : undefined;
  };
  const ownBound = (lane: CallLane): number =>
    lane === 'rescue' ? Math.max(1, Math.ceil(rescueReserve * RESERVE_SHARE)) : perTenant;

  return {
    all: allOf,
    one(tenant, lane) {
      if (underWay.of(tenant, lane) >= ownBound(lane)) return SHED.tenant_busy;
      const shed = allOf(lane);
      if (shed !== undefined) return shed;
      if (lane !== 'rescue' && waitsTooLong(tenant)) return refused(SHED.gateway_busy);
      return (lane === 'rescue' ? rescueRates : rates).take(tenant) ? undefined : SHED.tenant_rate;
    },
    charge: (tenant) => rates.charge(tenant, COUNTS_FOR),
    shut() {
      isShut = true;
    },
  };
}
