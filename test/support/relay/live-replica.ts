import type { AccountEntry } from '../../../src/broker/model/account-event.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import type { BrokerGrant } from '../../../src/broker/upstream.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createFleet } from '../../../src/fleet/fleet.ts';
import { createPulse } from '../../../src/fleet/pulse.ts';
import { connectRedis } from '../../../src/redis/connect.ts';
import { createEventRelay } from '../../../src/relay/account-events/account-events.ts';
import { createDuties } from '../../../src/relay/duties.ts';
import { testUpstream } from '../upstream.ts';

/** A replica's part in the account events of one tenant, over a real Redis and a real simulator, within this process. */
export type LiveReplica = {
  follow(): Promise<AccountEntry[]>;
  isHolder(): boolean;
  /** Gives its duty to another, as at a planned end. */
  handOver(): Promise<void>;
  /** As far as that goes within one process: the lease is not given back, and every connection is cut. */
  die(): Promise<void>;
  close(): Promise<void>;
  readonly counts: Record<string, number>;
};

export type LiveReplicaParts = {
  readonly redisUrl: string;
  readonly restUrl: string;
  readonly grant: BrokerGrant;
  readonly tenant: string;
};

export function startLiveReplica({ redisUrl, restUrl, grant, tenant }: LiveReplicaParts): LiveReplica {
  const basics = { clock: systemClock, ids: systemIds, log: silentLog };
  const redis = connectRedis(redisUrl, basics);
  const fleet = createFleet({ ...basics, redis });
  const pulse = createPulse(systemClock);
  const counts: Record<string, number> = {};
  const add = (name: string, by: number): void => void (counts[name] = (counts[name] ?? 0) + by);
  const relay = createEventRelay({
    ...basics,
    fleet,
    keepBroker: async () => {},
    observer: {
      journal: add,
      told: (kind) => add(`told ${kind}`, 1),
      reconciled: (outcome) => add(`reconciled ${outcome}`, 1),
    },
  });
  const duties = createDuties({
    ...basics,
    fleet,
    pulse,
    observer: { held() {}, alone() {}, handedOver() {} },
  });
  const duty = duties.open(tenant);
  const broker = createTastytradeBroker(testUpstream(restUrl, { ids: systemIds, loadGrant: async () => grant }));
  const attached = relay.attach(tenant, {
    duty,
    streamer: broker.accountStreamer,
    orders: { live: broker.orders.live, past: broker.history.orders },
    accounts: async (options) => (await broker.accounts.list(options)).map(({ number }) => number),
  });
  return {
    counts,
    async follow() {
      const heard: AccountEntry[] = [];
      await relay.of(tenant).follow((entry) => void heard.push(entry));
      return heard;
    },
    isHolder: () => duty.isHeld(),
    handOver: () => duties.handOver(),
    async die() {
      await redis.close();
      relay.close();
      await Promise.all([broker.close(), attached.close()]);
      pulse.close();
    },
    async close() {
      relay.close();
      await attached.close();
      await broker.close();
      pulse.close();
      await redis.close();
    },
  };
}
