import { accountNumber } from '../../src/broker/model/symbol.ts';
import { epochMs } from '../../src/core/clock.ts';
import { decimal } from '../../src/core/decimal.ts';
import { planOf } from '../../src/tenancy/plan/plan.ts';
import type { PlanChanges } from '../../src/tenancy/plan/plan.ts';
import type { Environment } from '../../src/broker/broker.ts';
import { createMemoryLedger } from '../support/memory-ledger.ts';
import { testTenant } from '../support/test-tenant.ts';
import { createChance } from './chance.ts';
import type { Chance } from './chance.ts';
import { noCounts } from './counts.ts';
import type { Counts } from './counts.ts';
import { createDesk } from './desk.ts';
import { judgeWorld } from './judge-world.ts';
import type { Finding } from './judge-world.ts';
import { createDatabaseWeather, createLedgerFaults } from './ledger-faults.ts';
import { startReplica } from './replica.ts';
import { WORLD_START_MS } from './sim.ts';
import type { Mutant, Side, Sim } from './sim.ts';
import { createVirtualTime } from './virtual-time.ts';
import { makeWishes } from './wishes.ts';

export type WorldOptions = { readonly seed: number; readonly mutant?: Mutant; readonly trace?: (line: string) => void };
export type WorldReport = { readonly seed: number; readonly counts: Counts; readonly findings: readonly Finding[] };

export const WISHES = 16;
/** How long settlers may work on when nothing goes wrong any more. */
const CALM_MS = 180_000;

/** Lives one world through, from its seed alone, and judges what came of it. */
export async function runWorld({ seed, mutant = {}, trace }: WorldOptions): Promise<WorldReport> {
  const sim = createSim(seed, mutant, trace);
  const { chance, time, counts } = sim;
  const replicas = chance.between(2, 3);
  for (let replica = 0; replica < replicas; replica += 1) startReplica(sim, replica);
  planStops(sim);
  let areContent = false;
  const wishing = makeWishes(sim, WISHES).then(() => {
    areContent = true;
  });
  const calmAt = Math.max(chance.between(25_000, 60_000), planSilence(sim));
  time.at(calmAt, () => {
    sim.isCalm = true;
    sim.trace?.('world', () => 'is calm from now on');
    for (const life of sim.lives.values()) life.fuse = Number.POSITIVE_INFINITY;
  });
  const look = (): void => {
    const isDone = sim.isCalm && areContent && isAtRest(sim);
    if (isDone || time.now() > calmAt + CALM_MS) time.stop();
    else time.at(time.now() + 1000, look);
  };
  time.at(calmAt + 1, look);
  await Promise.race([time.drive(), wishing.then(() => new Promise<never>(() => {}))]);
  const findings = judgeWorld(sim, { areContent });
  return { seed, counts, findings };
}

const isAtRest = ({ ledger, desk }: Sim): boolean =>
  desk.inFlight() === 0 && ledger.all().every(({ lookAt }) => lookAt === null);

type Stopping = Sim & { readonly stops: Map<string, number> };

function createSim(seed: number, mutant: Mutant, trace: ((line: string) => void) | undefined): Stopping {
  const chance = createChance(seed);
  const time = createVirtualTime();
  const simOf = (): Sim => sim;
  const stops = new Map<string, number>();
  const ledger = createMemoryLedger({ before: createLedgerFaults(simOf) });
  const sim: Stopping = {
    seed,
    chance,
    time,
    ledger,
    desk: createDesk(simOf),
    counts: noCounts(),
    sides: sidesOf(chance),
    wishes: [],
    answers: [],
    calls: [],
    disturbances: [],
    lives: new Map(),
    replicas: [],
    mutant,
    trace:
      trace === undefined
        ? undefined
        : (who, what) => trace(`${(time.now() / 1000).toFixed(3).padStart(8)}  ${who.padEnd(10)} ${what()}`),
    databaseDownUntil: createDatabaseWeather(simOf),
    stopSince(tenantId) {
      const since = [stops.get('global'), stops.get(tenantId)].filter((at) => at !== undefined);
      return since.length === 0 ? undefined : Math.min(...since);
    },
    stops,
    readsDownUntil: 0,
    isCalm: false,
    lastId: 0,
  };
  return sim;
}

const CAPPED: PlanChanges = { ordersPerDay: 4 };
const POOR: PlanChanges = { dailyNotional: decimal(240) };

function sidesOf(chance: Chance): readonly [Side, Side] {
  const limits = [chance.pick<PlanChanges>([CAPPED, {}, {}]), chance.pick<PlanChanges>([POOR, {}, {}])] as const;
  return [
    sideOf('tenant-a', 'paper', limits[0]),
    // From 7 shares on an order has to be confirmed.
    sideOf('tenant-b', 'live', { ...limits[1], confirm: { above: decimal(69) }, ordersPerMinute: 60 }),
  ];
}

function sideOf(id: string, environment: Environment, changes: PlanChanges): Side {
  return {
    tenant: testTenant(id, { environment, plan: planOf(environment, { maxShares: decimal(10_000), ...changes }) }),
    account: accountNumber(`5WT-${id}`),
    caller: { issuer: 'https://issuer.test', subject: id, scopes: new Set(['trade']), expiresAt: epochMs(0) },
  };
}

/** In a few worlds the broker's reads are away for so long that intents have to be flagged. Answers with its end. */
function planSilence(sim: Stopping): number {
  const { chance, time } = sim;
  if (!chance.is(0.06)) return 0;
  const from = chance.between(3000, 20_000);
  const until = from + chance.between(20_000, 90_000);
  time.at(from, () => {
    sim.readsDownUntil = until;
    sim.trace?.('broker', () => `answers no question for ${until - from} ms`);
  });
  return until;
}

/** An operator stops trading, of one tenant or of all, and lets it go on some seconds later. */
function planStops(sim: Stopping): void {
  const { chance, time } = sim;
  if (!chance.is(0.3)) return;
  for (let at = chance.between(0, 20_000); at < 40_000; at += chance.between(5000, 40_000)) {
    const scope = chance.pick(['global', 'tenant-a', 'tenant-b']);
    const until = at + chance.between(500, 9000);
    time.at(at, () => setStop(sim, scope, true));
    time.at(until, () => setStop(sim, scope, false));
    at = until;
  }
}

function setStop(sim: Stopping, scope: string, isOn: boolean): void {
  const { ledger, time, stops, counts } = sim;
  if (isOn) counts.stopsSet += 1;
  if (isOn) stops.set(scope, time.now());
  else stops.delete(scope);
  ledger.setStop({ scope, isOn: isOn ? 1 : 0, reason: 'A test.', by: 'operator', at: WORLD_START_MS + time.now() });
  sim.trace?.('operator', () => `${isOn ? 'stops' : 'lets go on'} ${scope}`);
}
