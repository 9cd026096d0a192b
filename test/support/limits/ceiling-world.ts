import { GatewayError } from '../../../src/core/errors.ts';
import type { Limiter } from '../../../src/limits/limiter.ts';
import { createMemoryBudgetStore } from '../../../src/limits/memory-budget-store.ts';
import type { LimiterAsk } from '../../../src/limits/waiting-call.ts';
import { type Chance, createChance } from '../../simulation/chance.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';
import { createFreezer, type Freezer, limiterReplica, storeOver } from './limiter-replica.ts';

/** A while in which each of three replicas gets so many calls a second, as a part of the tenant's budget. */
export type Phase = {
  readonly ms: number;
  readonly loads: readonly number[];
  readonly tenant: string;
  /** The first replica after this one stands still from the phase's beginning; 0 for none. */
  readonly frozenMs: number;
};

export type World = {
  readonly tenantPerSecond: number;
  readonly gatewayPerSecond: number;
  readonly phases: readonly Phase[];
  /** Of everything else. */
  readonly seed: number;
};

const HOLDERS = ['a', 'b', 'c'];
const NEVER = new AbortController().signal;
const WAIT_MS = 4000;
const ORDERS = 0.06;
const STEP_MS = 50;

type Replica = { readonly limiter: Limiter; readonly freezer: Freezer };

/** Three replicas over one store behind a network that is sometimes slow; tells when each call came to the broker, by budget. */
export async function arrivalsOf(world: World): Promise<ReadonlyMap<string, number[]>> {
  const time = createManualClock();
  const chance = createChance(world.seed);
  const replicas = openReplicas(chance, time);
  const arrivals = new Map<string, number[]>();
  const arrive = (key: string, atMs: number): void => void arrivals.set(key, [...(arrivals.get(key) ?? []), atMs]);
  const running: Promise<void>[] = [];
  for (const [at, { ms, loads, tenant, frozenMs }] of world.phases.entries()) {
    if (frozenMs > 0) replicas[at % replicas.length]?.freezer.freeze(frozenMs);
    for (let passedMs = 0; passedMs < ms; passedMs += STEP_MS) {
      const due = replicas.flatMap((one, n) =>
        Array.from({ length: dueCalls(loads[n] ?? 0, world, chance) }, () => one),
      );
      for (const replica of due) running.push(callOnce(replica, askOf(world, tenant, chance), { chance, arrive }));
      await time.advance(STEP_MS);
    }
  }
  for (let second = 0; second < 30; second += 1) await time.advance(1000);
  await Promise.all(running);
  return arrivals;
}

/** How many calls come within one step: as many as the load says, on the whole. */
function dueCalls(load: number, { tenantPerSecond }: World, chance: Chance): number {
  const expected = (load * tenantPerSecond * STEP_MS) / 1000;
  return Math.floor(expected) + (chance.is(expected % 1) ? 1 : 0);
}

function openReplicas(chance: Chance, time: ManualClock): Replica[] {
  const store = createMemoryBudgetStore(time);
  const legMs = (): number => (chance.is(0.9) ? 2 : 90) * chance.next();
  const way = { next: () => ({ thereMs: legMs(), backMs: legMs(), isLost: chance.is(0.02) }) };
  return HOLDERS.map((holder) => {
    const freezer = createFreezer(time);
    return {
      freezer,
      limiter: limiterReplica({
        holder,
        store: storeOver(store, way, freezer),
        clock: freezer.clock,
        fraction: chance.next,
      }),
    };
  });
}

function askOf({ tenantPerSecond, gatewayPerSecond }: World, tenant: string, chance: Chance): LimiterAsk {
  return {
    kind: chance.is(ORDERS) ? 'order' : 'read',
    shared: [{ key: 'gateway', perSecond: gatewayPerSecond }],
    own: [{ key: tenant, perSecond: tenantPerSecond }],
    line: tenant,
    flow: chance.is(0.5) ? 'f' : 'g',
    pauseKey: '',
  };
}

type Broker = { readonly chance: Chance; readonly arrive: (key: string, atMs: number) => void };

async function callOnce(
  { limiter, freezer: { clock, thawed } }: Replica,
  ask: LimiterAsk,
  { chance, arrive }: Broker,
): Promise<void> {
  const isMade = async (): Promise<boolean> => {
    const turn = await limiter.take(ask, { signal: NEVER, maxWaitMs: WAIT_MS });
    // Mostly a connection is there; now and then it has to be made, and for an order always.
    await clock.sleep(ask.kind === 'order' || chance.is(0.1) ? chance.next() * 900 : 0);
    if (clock.monotonicMs() > turn.notAfterMs) {
      turn.ended();
      return false;
    }
    turn.left();
    const atMs = clock.monotonicMs() + chance.next() * 45;
    for (const { key } of [...ask.shared, ...ask.own]) arrive(key, atMs);
    await clock.sleep(chance.next() * 100);
    turn.ended();
    return true;
  };
  await thawed();
  try {
    while (!(await isMade()));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
  }
}

/** The most of these within any one second. */
export function mostInASecond(timesMs: readonly number[]): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  let most = 0;
  let from = 0;
  for (const [at, atMs] of sorted.entries()) {
    while ((sorted[from] ?? 0) <= atMs - 1000) from += 1;
    most = Math.max(most, at - from + 1);
  }
  return most;
}
