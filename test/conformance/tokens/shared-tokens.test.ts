import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RenewalRight, SharedToken, SharedTokens } from '../../../src/broker/shared-tokens.ts';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createFleet } from '../../../src/fleet/fleet.ts';
import { createMemoryRecords } from '../../../src/fleet/memory-records.ts';
import type { RedisConnection } from '../../../src/redis/connect.ts';
import type { TokenOwner } from '../../../src/relay/tokens/owner-tokens.ts';
import { shareTokens, type TokenSharing } from '../../../src/relay/tokens/share-tokens.ts';
import { memoryReplicas, testSealer } from '../../support/token-replicas.ts';
import { twoOnCluster, twoRedis } from '../../support/two-redis.ts';

const redis = twoRedis();
const cluster = twoOnCluster();

type Joined = Pick<TokenSharing, 'of' | 'close'> & { readonly breaker: readonly boolean[] };
/** Two replicas; the first may have a clock of its own. */
type Create = (clock?: Clock) => Promise<readonly [Joined, Joined]>;

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function onRedis(connections: readonly RedisConnection[], clock: Clock): Promise<readonly [Joined, Joined]> {
  const joined = connections.map((connection, at) => {
    const own = at === 0 ? clock : systemClock;
    const fleet = createFleet({ redis: connection, clock: own, ids: systemIds });
    const breaker: boolean[] = [];
    const copy = createMemoryRecords(own);
    const sharing = shareTokens({
      fleet,
      own: copy,
      sealerFor: testSealer(),
      onBreaker: (_, isOpen) => void breaker.push(isOpen),
      clock: own,
      ids: systemIds,
      log: silentLog,
    });
    closing.push(() => {
      sharing.close();
      copy.close();
    });
    return { of: sharing.of, close: sharing.close, breaker };
  });
  // Each hears the other from here on.
  const [a, b] = joined;
  if (a === undefined || b === undefined) throw new Error('Two have joined');
  await vi.waitFor(async () => expect(await hears(a, b)).toBe(true));
  await vi.waitFor(async () => expect(await hears(b, a)).toBe(true));
  return [a, b];
}

async function hears(listener: Joined, speaker: Joined): Promise<boolean> {
  const owner = fresh();
  let heard = false;
  const stop = listener.of(owner).onGivenUp(() => {
    heard = true;
  });
  await speaker.of(owner).giveUp('probe');
  await pause(20);
  stop();
  return heard;
}

const implementations: [string, Create][] = [
  [
    'in process',
    async (clock = systemClock) => {
      const world = memoryReplicas(systemClock);
      const both = [world.join('a', clock), world.join('b', systemClock)] as const;
      for (const one of both) closing.push(() => one.close());
      return both.map(({ tokens, breaker }) => ({ of: tokens.of, close: tokens.close, breaker })) as never;
    },
  ],
  ['on Redis', (clock = systemClock) => onRedis(redis(), clock)],
  ['on a cluster', (clock = systemClock) => onRedis(cluster(), clock)],
];

const fresh = (): TokenOwner => ({ tenantId: randomUUID(), environment: randomUUID(), credentialsVersion: 1 });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const token = (text: string, leftMs = 60_000): SharedToken => ({
  token: text,
  lifeMs: 60_000,
  endsAtMs: systemClock.monotonicMs() + leftMs,
  isUnproven: false,
});

async function right(tokens: SharedTokens): Promise<RenewalRight> {
  const claim = await tokens.claim();
  if (claim.kind === 'taken') throw new Error('It is another’s');
  return claim;
}

const granted = async (tokens: SharedTokens, kept: SharedToken): Promise<void> =>
  (await right(tokens)).end({ kind: 'granted', token: kept });

describe.each(implementations)('shared tokens %s', (_name, create) => {
  it('are seen by all, live no longer for it, and end', async () => {
    const [a, b] = await create();
    const owner = fresh();
    expect(await b.of(owner).news()).toEqual({ isReplacing: false });
    const kept = token('one', 1500);
    await granted(a.of(owner), kept);
    const { token: seen } = await b.of(owner).news();
    expect(seen).toMatchObject({ token: 'one', lifeMs: 60_000, isUnproven: false });
    expect(seen?.endsAtMs).toBeLessThanOrEqual(kept.endsAtMs);
    expect(seen?.endsAtMs).toBeGreaterThan(kept.endsAtMs - 700);
    await pause(1500);
    expect(await b.of(owner).news()).toEqual({ isReplacing: false });
  });

  it('are asked for by one at a time, of any number, and the others hear when it is over', async () => {
    const [a, b] = await create();
    const owner = fresh();
    const both = [a.of(owner), b.of(owner)] as const;
    const claims = await Promise.all(Array.from({ length: 30 }, (_, n) => (both[n % 2] as SharedTokens).claim()));
    const ours = claims.filter((claim) => claim.kind === 'ours');
    expect(ours).toHaveLength(1);
    const taken = await both[1].claim();
    if (taken.kind === 'ours') throw new Error('Two have it');
    let isOver = false;
    void taken.over.then(() => {
      isOver = true;
    });
    await pause(50);
    expect(isOver).toBe(false);
    await ours[0]?.end({ kind: 'granted', token: token('one') });
    await vi.waitFor(() => expect(isOver).toBe(true), { timeout: 250, interval: 5 });
    expect((await both[1].news()).token?.token).toBe('one');
    await (await right(both[1])).end({ kind: 'unused' });
  });

  it('stay with one who is slow, and pass on from one who has died', async () => {
    const state = { isDead: false };
    const mortal: Clock = {
      ...systemClock,
      every: (ms, task) => systemClock.every(ms, () => (state.isDead ? undefined : task())),
    };
    const [a, b] = await create(mortal);
    const owner = fresh();
    await right(a.of(owner));
    const slowUntil = systemClock.monotonicMs() + 4500;
    while (systemClock.monotonicMs() < slowUntil) {
      const claim = await b.of(owner).claim();
      expect(claim.kind).toBe('taken');
      if (claim.kind === 'taken') await claim.over;
    }
    state.isDead = true;
    const diedAtMs = systemClock.monotonicMs();
    let claim = await b.of(owner).claim();
    while (claim.kind === 'taken') {
      await claim.over;
      claim = await b.of(owner).claim();
    }
    expect(systemClock.monotonicMs() - diedAtMs).toBeLessThan(4200);
    await claim.end({ kind: 'unused' });
  });

  it('are not put in the place of one that lives longer', async () => {
    const [a, b] = await create();
    const owner = fresh();
    const late = await right(a.of(owner));
    await late.end({ kind: 'unused' });
    await granted(b.of(owner), token('newer', 60_000));
    await late.end({ kind: 'granted', token: token('older', 30_000) });
    expect((await a.of(owner).news()).token?.token).toBe('newer');
    await granted(a.of(owner), token('newest', 90_000));
    expect((await b.of(owner).news()).token?.token).toBe('newest');
  });

  it('are given up by all: exactly the one that was refused', async () => {
    const [a, b] = await create();
    const owner = fresh();
    await granted(a.of(owner), token('one'));
    const heard: boolean[][] = [];
    b.of(owner).onGivenUp((isGivenUp) => heard.push(['one', 'two'].map(isGivenUp)));
    await a.of(owner).giveUp('one');
    await vi.waitFor(() => expect(heard).toEqual([[true, false]]));
    expect(await b.of(owner).news()).toEqual({ isReplacing: true });
    await granted(b.of(owner), { ...token('two'), isUnproven: true });
    await a.of(owner).giveUp('one');
    expect((await a.of(owner).news()).token).toMatchObject({ token: 'two', isUnproven: true });
    await a.of(owner).worked('one');
    expect((await b.of(owner).news()).token?.isUnproven).toBe(true);
    await a.of(owner).worked('two');
    const { token: proven } = await b.of(owner).news();
    expect(proven).toMatchObject({ token: 'two', isUnproven: false });
    expect((proven?.endsAtMs ?? 0) - systemClock.monotonicMs()).toBeGreaterThan(58_000);
  });

  it('say that a grant was refused until another worked', async () => {
    const [a, b] = await create();
    const owner = fresh();
    await (await right(a.of(owner))).end({ kind: 'refused', parked: { digest: 'd', why: 'because' } });
    expect(await b.of(owner).news()).toEqual({ parked: { digest: 'd', why: 'because' }, isReplacing: false });
    await granted(b.of(owner), token('one'));
    expect((await a.of(owner).news()).parked).toBeUndefined();
  });

  it('say what failed, each time anew, and for how long nobody tries again', async () => {
    const [a, b] = await create();
    const owner = fresh();
    const error = new GatewayError('broker_timeout', 'Too late.', { details: { fault: 'X' }, advice: 'Wait.' });
    await (await right(a.of(owner))).end({ kind: 'failed', error });
    const { failed: first } = await b.of(owner).news();
    expect(first?.error).toMatchObject({ code: 'broker_timeout', message: 'Too late.', advice: 'Wait.' });
    expect(first?.error.details).toEqual({ fault: 'X' });
    expect(first?.pausedUntilMs).toBeLessThanOrEqual(systemClock.monotonicMs());
    await (await right(b.of(owner))).end({ kind: 'failed', error });
    const { failed: second } = await a.of(owner).news();
    expect(second?.id).not.toBe(first?.id);
    const pauseMs = (second?.pausedUntilMs ?? 0) - systemClock.monotonicMs();
    expect(pauseMs).toBeGreaterThan(500);
    expect(pauseMs).toBeLessThanOrEqual(1000);
    expect(second?.error.retryAfterMs).toBeLessThanOrEqual(1000);
    await granted(a.of(owner), token('one'));
    expect((await b.of(owner).news()).failed).toBeUndefined();
  });

  it('keep tenants, versions and environments apart', async () => {
    const [a, b] = await create();
    const owner = fresh();
    await granted(a.of(owner), token('one'));
    await (await right(a.of(owner))).end({ kind: 'refused', parked: { digest: 'd' } });
    const held = await right(a.of(owner));
    const others = [fresh(), { ...owner, credentialsVersion: 2 }, { ...owner, tenantId: `${owner.tenantId}:1` }];
    for (const other of others) {
      expect(await b.of(other).news()).toEqual({ isReplacing: false });
      await (await right(b.of(other))).end({ kind: 'unused' });
    }
    // A tenant has one environment; were it to change, nothing of before would open.
    expect(await b.of({ ...owner, environment: 'other' }).news()).toEqual({ isReplacing: false });
    await held.end({ kind: 'unused' });
  });

  it('are asked for by nobody once the logins of five tenants have failed, until one has worked', async () => {
    const [a, b] = await create();
    const { environment } = fresh();
    const error = new GatewayError('broker_unavailable', 'Down.');
    const owners = Array.from({ length: 6 }, () => ({ ...fresh(), environment }));
    const late = await right(a.of(owners[5] as TokenOwner));
    for (const [n, owner] of owners.slice(0, 5).entries()) {
      const mine = await right((n % 2 === 0 ? a : b).of(owner));
      await mine.check();
      await mine.end({ kind: 'failed', error });
    }
    for (const one of [a, b]) {
      const stopped = await right(one.of({ ...fresh(), environment }));
      await expect(stopped.check()).rejects.toMatchObject({
        code: 'broker_unavailable',
        retryAfterMs: expect.any(Number),
      });
      await stopped.end({ kind: 'unused' });
      await (await right(one.of(fresh()))).check();
    }
    await vi.waitFor(() => expect([a.breaker.at(-1), b.breaker.at(-1)]).toEqual([true, true]));
    await late.end({ kind: 'granted', token: token('one') });
    await (await right(b.of({ ...fresh(), environment }))).check();
    await vi.waitFor(() => expect([a.breaker.at(-1), b.breaker.at(-1)]).toEqual([false, false]));
  });
});
