import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { LEASE_TTL_MS, type Leases } from '../../../src/fleet/leases.ts';
import { createMemoryLeases } from '../../../src/fleet/memory-leases.ts';
import { createRedisLeases } from '../../../src/fleet/redis-leases.ts';
import { redisAway, twoOnCluster, twoRedis } from '../../support/two-redis.ts';

const redis = twoRedis();
const cluster = twoOnCluster();

/** The same leases, as two replicas see them. */
const implementations: [string, () => readonly [Leases, Leases]][] = [
  [
    'in process',
    () => {
      const leases = createMemoryLeases(systemClock);
      return [leases, leases];
    },
  ],
  [
    'on Redis',
    () => {
      const [a, b] = redis();
      return [createRedisLeases(a, systemClock), createRedisLeases(b, systemClock)];
    },
  ],
  [
    'on a cluster',
    () => {
      const [a, b] = cluster();
      return [createRedisLeases(a, systemClock), createRedisLeases(b, systemClock)];
    },
  ],
];

const fresh = () => ({ kind: 'feed', owner: randomUUID() });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(implementations)('leases %s', (_name, create) => {
  it('go to one holder at a time, whoever asks and however many', async () => {
    const both = create();
    const name = fresh();
    const asked = Array.from({ length: 40 }, (_, n) => (both[n % 2] as Leases).acquire(name, `holder ${n}`));
    const grants = (await Promise.all(asked)).filter((grant) => grant !== undefined);
    expect(grants).toHaveLength(1);
  });

  it('give the holder the same grant again, and say until when it may act', async () => {
    const [one] = create();
    const name = fresh();
    const first = await one.acquire(name, 'a');
    const again = await one.acquire(name, 'a');
    expect(again?.epoch).toBe(first?.epoch);
    const leftMs = (again?.heldUntilMs ?? 0) - systemClock.monotonicMs();
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThan(LEASE_TTL_MS);
  });

  it('have a higher epoch with every new holder', async () => {
    const [one, other] = create();
    const name = fresh();
    const epochs: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      const leases = n % 2 === 0 ? one : other;
      const grant = await leases.acquire(name, `holder ${n}`);
      epochs.push(grant?.epoch ?? Number.NaN);
      expect(await other.epoch(name)).toBe(grant?.epoch);
      await leases.release(name, `holder ${n}`, grant?.epoch ?? 0);
    }
    expect(epochs.every((epoch, n) => n === 0 || epoch > (epochs[n - 1] ?? Infinity))).toBe(true);
  });

  it('are neither renewed nor released by anybody else, nor under an older epoch', async () => {
    const [one, other] = create();
    const name = fresh();
    const epoch = (await one.acquire(name, 'a'))?.epoch ?? 0;
    expect(await other.renew(name, 'b', epoch)).toBeUndefined();
    expect(await other.renew(name, 'a', epoch - 1)).toBeUndefined();
    await other.release(name, 'b', epoch);
    await other.release(name, 'a', epoch - 1);
    expect(await other.acquire(name, 'b')).toBeUndefined();
    expect((await one.renew(name, 'a', epoch))?.epoch).toBe(epoch);
  });

  it('pass on when the holder is silent, not before, and are then lost to it', async () => {
    const [one, other] = create();
    const name = fresh();
    const first = await one.acquire(name, 'a');
    await pause(LEASE_TTL_MS / 2);
    expect(await other.acquire(name, 'b')).toBeUndefined();
    await pause(LEASE_TTL_MS / 2 + 100);
    const second = await other.acquire(name, 'b');
    expect(second?.epoch).toBeGreaterThan(first?.epoch ?? Infinity);
    expect(await one.renew(name, 'a', first?.epoch ?? 0)).toBeUndefined();
  });

  it('keep kinds and owners apart', async () => {
    const [one] = create();
    const { owner } = fresh();
    expect(await one.acquire({ kind: 'feed', owner }, 'a')).toBeDefined();
    expect(await one.acquire({ kind: 'token', owner }, 'b')).toBeDefined();
    expect(await one.acquire(fresh(), 'c')).toBeDefined();
  });
});

describe('leases on Redis', () => {
  it('go on rising when the store has forgotten the epoch', async () => {
    const [connection] = redis();
    const leases = createRedisLeases(connection, systemClock);
    const name = fresh();
    const first = await leases.acquire(name, 'a');
    await connection.client.del(`tg:lease:{${name.owner}}:feed`, `tg:lease:{${name.owner}}:feed:epoch`);
    await pause(5);
    expect((await leases.acquire(name, 'b'))?.epoch).toBeGreaterThan(first?.epoch ?? Infinity);
  });

  it('say that they cannot be reached', async () => {
    const away = redisAway();
    await expect(createRedisLeases(away, systemClock).acquire(fresh(), 'a')).rejects.toMatchObject({
      code: 'coordination_unavailable',
    });
    await away.close();
  });
});
