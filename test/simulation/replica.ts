import { noAccountChanges } from '../../src/broker/model/account-change.ts';
import type { Broker } from '../../src/broker/broker.ts';
import { epochMs } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import { GatewayError } from '../../src/core/errors.ts';
import type { IdSource } from '../../src/core/ids.ts';
import type { Log, LogFields } from '../../src/core/log.ts';
import { silentLog } from '../../src/core/log.ts';
import { createSettler } from '../../src/orders/settle/settler.ts';
import type { LedgerStore } from '../../src/storage/stores/ledger-store.ts';
import type { TenantContext } from '../../src/tenancy/tenant-context.ts';
import { createBrokerPort } from './broker-port.ts';
import type { PortOf } from './broker-port.ts';
import { createLife } from './life.ts';
import type { Life } from './life.ts';
import type { Call, Side, Sim } from './sim.ts';

/** Starts a replica, and starts it again some seconds after each of its crashes. */
export function startReplica(sim: Sim, replica: number, number = 1): void {
  const { time, chance } = sim;
  const life = createLife(sim, replica, number);
  sim.lives.set(life.name, life);
  sim.replicas[replica] = life;
  sim.trace?.(life.name, () => `starts, its clock ${life.skewMs} ms ahead`);
  life.mourners.add(() =>
    time.at(time.now() + chance.between(300, 6000), () => startReplica(sim, replica, number + 1)),
  );
  life.settler = createSettler({
    store: storeOf(sim, life),
    openBroker: (tenantId) => openBroker(sim, life, tenantId),
    clock: settlerClock(life.clock, sim.mutant.settlerAheadMs),
    log: logOf(sim, life),
  });
}

/** All that one call to a replica may touch. */
export function contextOf(sim: Sim, life: Life, { call, signal }: { call: Call; signal: AbortSignal }): TenantContext {
  const { side } = call.wish;
  return {
    tenant: side.tenant,
    caller: side.caller,
    broker: brokerOf(sim, { side, life, call }),
    chooseAccount: () => Promise.reject(new RangeError('The account is given')),
    listAccounts: () => Promise.reject(new RangeError('The account is given')),
    accountChanges: noAccountChanges,
    ledger: storeOf(sim, life).of(side.tenant.id),
    clock: life.clock,
    ids: idsOf(sim),
    log: logOf(sim, life),
    signal,
  };
}

function storeOf({ ledger, mutant }: Sim, life: Life): LedgerStore {
  const store = ledger.as(life.name);
  return mutant.store === undefined ? store : mutant.store(store);
}

function brokerOf(sim: Sim, port: PortOf): Broker {
  const broker = createBrokerPort(sim, port);
  return sim.mutant.broker === undefined ? broker : sim.mutant.broker(broker, port.life, sim);
}

/** Opening a tenant's login fails now and then. */
async function openBroker(sim: Sim, life: Life, tenantId: string): Promise<Broker | undefined> {
  if (!sim.isCalm && sim.chance.is(0.02)) {
    throw new GatewayError('broker_unavailable', 'The login could not be opened.');
  }
  const wanted = sim.mutant.settlerTenant?.(tenantId, sim) ?? tenantId;
  const side: Side | undefined = sim.sides.find(({ tenant }) => tenant.id === wanted);
  return side === undefined ? undefined : brokerOf(sim, { side, life });
}

function settlerClock(clock: Clock, aheadMs: number | undefined): Clock {
  return aheadMs === undefined ? clock : { ...clock, now: () => epochMs(clock.now() + aheadMs) };
}

const idsOf = (sim: Sim): IdSource => ({
  uuid: () => `intent-${(sim.lastId += 1)}`,
  secret: () => `secret-${(sim.lastId += 1)}`,
  fraction: () => sim.chance.next(),
});

function logOf(sim: Sim, life: Life): Log {
  if (sim.trace === undefined) return silentLog;
  const say = ({ cause, error, ...fields }: LogFields, message: string): void => {
    const thrown = cause ?? error;
    const why = thrown instanceof Error ? thrown.message : '';
    sim.trace?.(life.name, () => `logs: ${message} ${JSON.stringify(fields)} ${why}`);
  };
  const log: Log = { debug: say, info: say, warn: say, error: say, with: () => log };
  return log;
}
