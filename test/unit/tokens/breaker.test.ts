import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import type { Turn } from '../../../src/core/turn.ts';
import { type BenchReplica, down, invalidGrant, tokenBench } from '../../support/token-bench.ts';
import { FREE_TURN, PLANTED } from '../../support/upstream.ts';

function bench() {
  const made = tokenBench();
  const replicas = ['a', 'b'].map((name) => made.join(name)) as [BenchReplica, BenchReplica];
  const sit = (at: number, tenantId: string, environment = 'paper') =>
    (replicas[at % 2] as BenchReplica).sit({
      tenantId,
      environment,
      grant: () => ({ ...PLANTED, clientSecret: tenantId }),
    });
  const fail = async (from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n += 1) await expect(sit(n, `t${n}`).read()).rejects.toThrow();
  };
  const stopped = { code: 'broker_unavailable', retryAfterMs: expect.any(Number) };
  return { made, replicas, sit, fail, stopped, asks: () => made.asks.length };
}

describe.each([
  ['that the broker does not answer', down],
  ['that the broker refuses', invalidGrant],
])('logins %s', (_, answer) => {
  it('of five tenants in a row stop all others, on every replica, until a pause is over', async () => {
    const { made, sit, fail, stopped, asks, replicas } = bench();
    made.mood = () => answer;
    await fail(1, 5);
    expect(asks()).toBe(5);
    for (const at of [0, 1]) await expect(sit(at, `new-${at}`).read()).rejects.toMatchObject(stopped);
    expect(asks()).toBe(5);
    expect(replicas.map(({ breaker }) => breaker.at(-1))).toEqual([true, true]);
    await made.clock.advance(4999);
    await expect(sit(0, 'new-0').read()).rejects.toMatchObject(stopped);
    expect(asks()).toBe(5);
  });

  it('are tried one at a time after it, at growing distances', async () => {
    const { made, sit, fail, asks } = bench();
    made.mood = () => answer;
    await fail(1, 5);
    const triedAtMs: number[] = [];
    const startMs = made.clock.monotonicMs();
    // Whoever was tried is paused for itself: others come.
    let waiting = [sit(0, 't6'), sit(1, 'u6')];
    while (made.clock.monotonicMs() - startMs < 1_800_000) {
      const before = asks();
      await expect(Promise.any(waiting.map((seat) => seat.read()))).rejects.toThrow();
      expect(asks() - before).toBeLessThanOrEqual(1);
      if (asks() > before) {
        triedAtMs.push(made.clock.monotonicMs() - startMs);
        waiting = [sit(0, `t${asks()}-next`), sit(1, `u${asks()}-next`)];
      }
      await made.clock.advance(1000);
    }
    expect(triedAtMs.slice(0, 7)).toEqual([5000, 15_000, 35_000, 75_000, 155_000, 315_000, 615_000]);
    // From then on every five minutes.
    expect(triedAtMs).toHaveLength(10);
  });
});

describe('the breaker', () => {
  it('closes for all replicas with the first login that works', async () => {
    const { made, sit, fail, replicas } = bench();
    made.mood = () => down;
    await fail(1, 5);
    made.mood = () => made.issue();
    await made.clock.advance(5000);
    expect(await sit(0, 'x').read()).toBe(200);
    expect(await Promise.all(['y', 'z', 'w'].map((tenant, at) => sit(at, tenant).read()))).toEqual([200, 200, 200]);
    expect(replicas.map(({ breaker }) => breaker.at(-1))).toEqual([false, false]);
  });

  it('lets one through and keeps the others waiting while that one is on its way', async () => {
    const { made, sit, fail, stopped, asks } = bench();
    made.mood = () => down;
    await fail(1, 5);
    await made.clock.advance(5000);
    made.mood = () => made.after(8000, () => made.issue());
    const probe = sit(0, 'x').read();
    await made.clock.advance(100);
    await expect(sit(1, 'y').read()).rejects.toMatchObject({ ...stopped, retryAfterMs: 1000 });
    expect(asks()).toBe(6);
    await made.clock.advance(8000);
    expect(await probe).toBe(200);
  });

  it('lets another through when the one that was let through died', async () => {
    const { made, sit, fail, replicas } = bench();
    made.mood = () => down;
    await fail(1, 5);
    await made.clock.advance(5000);
    made.mood = ({ replica }) => (replica === 'a' ? new Promise<never>(() => {}) : made.issue());
    void sit(0, 'x').read();
    await made.clock.advance(100);
    replicas[0].kill();
    await expect(sit(1, 'y').read()).rejects.toThrow();
    await made.clock.advance(40_000);
    expect(await sit(1, 'y').read()).toBe(200);
  });

  it('lets another through at once when the one that was let through could not ask', async () => {
    const { made, sit, fail } = bench();
    made.mood = () => down;
    await fail(1, 5);
    await made.clock.advance(5000);
    made.throttle = () => Promise.reject(new GatewayError('rate_limited', 'Too many wait.'));
    await expect(sit(0, 'x').read()).rejects.toMatchObject({ code: 'rate_limited' });
    made.throttle = async () => FREE_TURN;
    made.mood = () => made.issue();
    expect(await sit(1, 'y').read()).toBe(200);
  });

  it('takes no notice of those who had asked before it opened', async () => {
    const { made, sit, fail } = bench();
    made.mood = () => made.after(8000, () => down);
    const slow = [1, 2, 3].map((n) => expect(sit(n, `slow${n}`).read()).rejects.toThrow());
    await made.clock.advance(10);
    made.mood = () => down;
    await fail(1, 5);
    await made.clock.advance(8000);
    await Promise.all(slow);
    made.mood = () => made.issue();
    expect(await sit(0, 'x').read()).toBe(200);
  });

  it('is not opened by one tenant, however often it fails', async () => {
    const { made, sit, asks } = bench();
    made.mood = () => down;
    for (let second = 0; second < 120; second += 1) {
      for (let n = 1; n <= 4; n += 1) await expect(sit(second, `t${n}`).read()).rejects.toThrow();
      await made.clock.advance(1000);
    }
    const before = asks();
    made.mood = () => made.issue();
    expect(await sit(0, 'new').read()).toBe(200);
    expect(asks()).toBe(before + 1);
  });

  it('is not opened while others get in: some grants are dead, and the broker is well', async () => {
    const { made, sit, asks } = bench();
    for (let n = 0; n < 60; n += 1) {
      made.mood = () => (n % 3 === 0 ? made.issue() : invalidGrant);
      await sit(n, `t${n}`)
        .read()
        .catch(() => {});
    }
    expect(asks()).toBe(60);
  });

  it('forgets failures after a minute', async () => {
    const { made, sit, fail } = bench();
    made.mood = () => down;
    await fail(1, 4);
    await made.clock.advance(60_001);
    await fail(5, 8);
    made.mood = () => made.issue();
    expect(await sit(0, 'x').read()).toBe(200);
  });

  it('stops one environment and not another', async () => {
    const { made, sit, fail } = bench();
    made.mood = () => down;
    await fail(1, 5);
    made.mood = () => made.issue();
    await expect(sit(0, 'x').read()).rejects.toThrow();
    expect(await sit(0, 'x', 'sandbox').read()).toBe(200);
  });

  it('also stops those who were waiting for their turn when it opened', async () => {
    const { made, sit, fail, asks, stopped } = bench();
    const { promise: turn, resolve: open } = Promise.withResolvers<Turn>();
    made.throttle = () => turn;
    const waiting = ['x', 'y'].map((tenant, at) => expect(sit(at, tenant).read()).rejects.toMatchObject(stopped));
    await made.clock.advance(10);
    made.throttle = async () => FREE_TURN;
    made.mood = () => down;
    await fail(1, 5);
    open(FREE_TURN);
    await Promise.all(waiting);
    expect(asks()).toBe(5);
  });

  it('takes no token from those who have one, and is kept by each replica that is on its own', async () => {
    const { made, sit, replicas, stopped } = bench();
    const seat = sit(0, 'x');
    expect(await seat.read()).toBe(200);
    await made.part(replicas);
    made.mood = () => down;
    for (let n = 1; n <= 5; n += 1) await expect(sit(0, `t${n}`).read()).rejects.toThrow();
    await expect(sit(0, 'new').read()).rejects.toMatchObject(stopped);
    expect(await seat.read()).toBe(200);
    made.mood = () => made.issue();
    expect(await sit(1, 'other').read()).toBe(200);
  });
});
