import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { createMemoryChannels } from '../../../src/fleet/memory-channels.ts';
import { createMemoryLeases } from '../../../src/fleet/memory-leases.ts';
import { createRedisChannels } from '../../../src/fleet/redis-channels.ts';
import { createRedisLeases } from '../../../src/fleet/redis-leases.ts';
import { FakeExchange } from '../../support/relay/fake-exchange.ts';
import { type FeedReplica, createFeedReplica } from '../../support/relay/feed-bench.ts';
import { type FleetWorld, type Shared, createFleetWorld } from '../../support/relay/fleet-world.ts';
import { twoRedis } from '../../support/two-redis.ts';

const redis = twoRedis();

const implementations: [string, () => readonly Shared[]][] = [
  ['in process', () => [{ leases: createMemoryLeases(systemClock), channels: createMemoryChannels() }]],
  [
    'on Redis',
    () =>
      redis().map((connection) => ({
        leases: createRedisLeases(connection, systemClock),
        channels: createRedisChannels(connection),
      })),
  ],
];

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const soon = { timeout: 8000, interval: 10 };

describe.each(implementations)('market data of several replicas %s', (_name, ways) => {
  let world: FleetWorld;
  let exchange: FakeExchange;
  let tenant: string;
  let started: FeedReplica[];
  let mostSockets: number;
  let watch: { cancel(): void };

  beforeEach(() => {
    world = createFleetWorld(systemClock, ways());
    exchange = new FakeExchange(systemClock);
    tenant = randomUUID();
    started = [];
    mostSockets = 0;
    for (const symbol of ['SPY', 'QQQ']) exchange.change(symbol);
    watch = systemClock.every(2, () => {
      mostSockets = Math.max(mostSockets, exchange.lines.size);
    });
  });

  afterEach(async () => {
    watch.cancel();
    await Promise.all(started.filter(({ replica }) => !replica.isDead).map((one) => one.close()));
    for (const { relay } of started) relay.close();
  });

  function start(): FeedReplica {
    const replica = createFeedReplica(world, exchange, { ids: systemIds, tenant });
    started.push(replica);
    return replica;
  }

  async function startThree() {
    const three = [start(), start(), start()] as const;
    const wishes = three.map((one) => one.want('SPY'));
    await vi.waitFor(() => expect(wishes.every((wish) => wish.current() !== undefined)).toBe(true), soon);
    const holders = three.filter(({ duty }) => duty.isHeld());
    expect(holders).toHaveLength(1);
    const [holder] = holders;
    if (holder === undefined) throw new Error('Nobody holds it');
    const others = three.filter((one) => one !== holder);
    return { three, wishes, holder, others };
  }

  it('come over one socket to all of them, changes within a few ticks', async () => {
    const { wishes } = await startThree();
    exchange.change('SPY');
    await vi.waitFor(() => expect(wishes.map(({ versions }) => versions.at(-1))).toEqual([2, 2, 2]), soon);
    expect([mostSockets, exchange.opened]).toEqual([1, 1]);
  });

  it('are told to a late joiner without a change', async () => {
    await startThree();
    const wish = start().want('SPY');
    await vi.waitFor(() => expect(wish.current()).toBeDefined(), soon);
    expect([wish.versions, exchange.opened]).toEqual([[1], 1]);
  });

  it('stay confirmed while nothing changes, and are told stale when the feed breaks off', async () => {
    const { wishes } = await startThree();
    await pause(3500);
    for (const wish of wishes) {
      const ageMs = systemClock.monotonicMs() - (wish.current()?.run.heardAtMs ?? -Infinity);
      expect(ageMs).toBeLessThan(2500);
      expect(ageMs).toBeGreaterThanOrEqual(0);
    }
    exchange.drop();
    await vi.waitFor(() => expect(wishes.map((wish) => wish.current())).toEqual([undefined, undefined, undefined]), {
      timeout: 300,
      interval: 1,
    });
    await vi.waitFor(() => expect(wishes.every((wish) => wish.current() !== undefined)).toBe(true), soon);
  });

  it('are another’s within a second of a hand-over, without two sockets at any time', async () => {
    const { wishes, holder } = await startThree();
    const fromMs = systemClock.monotonicMs();
    await holder.relay.handOver();
    exchange.change('SPY');
    await vi.waitFor(() => expect(wishes.map(({ versions }) => versions.at(-1))).toEqual([2, 2, 2]), soon);
    await vi.waitFor(() => expect(wishes.every((wish) => wish.current() !== undefined)).toBe(true), soon);
    expect(systemClock.monotonicMs() - fromMs).toBeLessThan(1000);
    expect([mostSockets, holder.duty.isHeld()]).toEqual([1, false]);
  });

  it('are another’s within six seconds of a death', async () => {
    const { holder, others } = await startThree();
    const wishes = others.map((one) => one.want('QQQ'));
    await vi.waitFor(() => expect(wishes.every((wish) => wish.current() !== undefined)).toBe(true), soon);
    holder.replica.kill();
    exchange.cutOff(holder.replica);
    exchange.change('QQQ');
    const fromMs = systemClock.monotonicMs();
    await vi.waitFor(() => expect(wishes.map(({ versions }) => versions.at(-1))).toEqual([2, 2]), soon);
    expect(systemClock.monotonicMs() - fromMs).toBeLessThan(6000);
    expect(mostSockets).toBe(1);
  });

  it('are told by nobody who stood still while another took over', async () => {
    const { three, holder, others } = await startThree();
    const own = holder.want('SPY');
    await pause(100);
    holder.replica.freeze();
    exchange.change('SPY');
    await vi.waitFor(() => expect(others.some(({ duty }) => duty.isHeld())).toBe(true), soon);
    const before = own.versions.length;
    holder.replica.thaw('arrivals');
    expect([own.versions.length, own.current()]).toEqual([before, undefined]);
    await vi.waitFor(() => expect(own.current()).toBeDefined(), soon);
    expect(own.versions.slice(before)).toEqual([2]);
    expect([exchange.lines.size, three.filter(({ duty }) => duty.isHeld()).length]).toEqual([1, 1]);
  });
});
