import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccountEntry } from '../../../src/broker/model/account-event.ts';
import type { PlacedOrder } from '../../../src/broker/model/order.ts';
import { accountNumber, brokerSymbol, isoDate } from '../../../src/broker/model/symbol.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import { epochMs, systemClock } from '../../../src/core/clock.ts';
import { decimal } from '../../../src/core/decimal.ts';
import { newYorkDate } from '../../../src/core/new-york.ts';
import { eventually } from '../../support/eventually.ts';
import { type RedisServer, startRedisServer } from '../../support/processes/redis-server.ts';
import { startLiveReplica } from '../../support/relay/live-replica.ts';
import type { LiveReplica } from '../../support/relay/live-replica.ts';
import { calm, testUpstream } from '../../support/upstream.ts';
import { openSimulator } from '../simulator/open-simulator.ts';
import type { OpenSimulator } from '../simulator/open-simulator.ts';

const CUSTOMER = 'paper-fills';
const FILLS = 2000;
const AT_ONCE = 8;
/** Every way in which a stream passes on comes twice. */
const PASSINGS = 12;

let open: OpenSimulator;
let broker: ReturnType<typeof createTastytradeBroker>;
let replicas: LiveReplica[];
let redis: Redis;
/** Of its own: connections of everybody are broken on it. */
let server: RedisServer;
let tenant: string;

const start = (): LiveReplica => {
  const { restUrl } = open.simulator;
  const grant = open.simulator.grantFor(CUSTOMER);
  return startLiveReplica({ redisUrl: server.url, restUrl, grant, tenant });
};

beforeEach(async () => {
  tenant = randomUUID();
  server = await startRedisServer();
  open = await openSimulator({ clock: systemClock, alwaysOpen: true });
  const grant = open.simulator.grantFor(CUSTOMER);
  broker = createTastytradeBroker(testUpstream(open.simulator.restUrl, { loadGrant: async () => grant }));
  redis = new Redis(server.url);
  replicas = [start(), start(), start()];
});

afterEach(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await broker.close();
  redis.disconnect();
  await server.stop();
  await open.simulator.close();
  expect(open.errors).toEqual([]);
});

const fillsIn = (heard: readonly AccountEntry[]): string[] =>
  heard.flatMap(({ event }) => (event.kind === 'fill' ? [`${event.orderId} ${event.fill.id}`] : []));

/** The desk counts its fills: the number that a fill's id begins with. */
const numberOf = (fillId = ''): number => Number(/^\d+/u.exec(fillId)?.[0]);

async function account() {
  const [first] = await broker.accounts.list(calm);
  return accountNumber(first?.number ?? '');
}

/** Buys one share at the market. */
async function trade(nth: number): Promise<void> {
  const leg = { symbol: brokerSymbol('F'), type: 'Equity', action: 'Buy to Open', quantity: decimal('1') } as const;
  const order = { orderType: 'Market', timeInForce: 'Day', legs: [leg], externalId: `intent-${nth}` } as const;
  const number = await account();
  // What met a token that had just run out was refused, and is sent with the next one.
  await eventually(async () => {
    const begin = async (): Promise<number> => Number.POSITIVE_INFINITY;
    return (await broker.orders.place(number, order, { ...calm, begin })).kind === 'accepted';
  }, 5000);
}

/** Every fill that the desk has made since the test began, in its own order. */
async function happened(): Promise<string[]> {
  const startDate = isoDate(newYorkDate(epochMs(systemClock.now() - 86_400_000)));
  const { rows } = await broker.history.orders(await account(), { startDate, limit: 10_000 }, calm);
  const ours = rows.filter(({ externalId }) => externalId?.startsWith('intent-'));
  const fills = ours.flatMap(({ id, legs }: PlacedOrder) =>
    legs.flatMap((leg) => leg.fills.map((fill) => ({ id, fill }))),
  );
  return fills.toSorted((a, b) => numberOf(a.fill.id) - numberOf(b.fill.id)).map(({ id, fill }) => `${id} ${fill.id}`);
}

const holder = async (): Promise<number> => {
  await eventually(() => replicas.filter((replica) => replica.isHolder()).length === 1, 15_000);
  return replicas.findIndex((replica) => replica.isHolder());
};

describe('fills at the simulator', () => {
  it('are each told once and in order to every replica, as their stream passes from one to the next', async () => {
    const [, , last] = replicas;
    if (last === undefined) throw new Error('There are three');
    const [heard] = await Promise.all(replicas.toReversed().map((replica) => replica.follow()));
    await eventually(() => heard?.some(({ event }) => event.kind === 'gap') === true, 20_000);
    await trade(0);
    const passings = [
      async () => void open.simulator.control.dropSockets({ kind: 'streamer' }),
      async () => replicas[await holder()]?.handOver(),
      async () => void (await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')),
      async () => void (await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')),
      async () => open.simulator.control.expireTokens(CUSTOMER),
      async () => {
        const at = await holder();
        // The one whose listener is judged lives to the end.
        if (replicas[at] === last) return void open.simulator.control.dropSockets({ kind: 'streamer' });
        await replicas[at]?.die();
        replicas[at] = start();
        await replicas[at]?.follow();
      },
    ];
    let [placed, passed] = [1, 0];
    const isUnderWay = (): boolean => placed < FILLS || passed < PASSINGS;
    const placing = Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (isUnderWay()) await trade(placed++);
      }),
    );
    const passing = (async () => {
      for (; isUnderWay(); passed += 1) {
        await passings[passed % passings.length]?.();
        await sleep(700);
      }
    })();
    await Promise.all([placing, passing]);
    await eventually(async () => (await happened()).length >= FILLS, 30_000);
    const fills = await happened();
    await eventually(() => fillsIn(heard ?? []).length >= fills.length, 30_000);
    expect(fillsIn(heard ?? [])).toEqual(fills);
    expect(open.simulator.control.counters().sockets.streamer).toEqual({ [CUSTOMER]: 1 });
  });
});
