import { describe, expect, it } from 'vitest';
import type { Throttle } from '../../../src/broker/upstream.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { type BenchReplica, type TokenBench, tokenBench } from '../../support/token-bench.ts';
import { FREE_TURN } from '../../support/upstream.ts';

const TENANTS = 1000;

/** So many grants a second for all replicas together, first come first served; refuses whom it would keep too long. */
function grantBudget(clock: TokenBench['clock'], perSecond: number, maxWaitMs = Infinity): Throttle {
  let nextMs = 0;
  return async (endpoint) => {
    if (endpoint !== 'token') return FREE_TURN;
    const at = Math.max(nextMs, clock.monotonicMs());
    const waitMs = at - clock.monotonicMs();
    if (waitMs > maxWaitMs) throw new GatewayError('rate_limited', 'Too many wait.', { retryAfterMs: waitMs });
    nextMs = at + 1000 / perSecond;
    await clock.sleep(waitMs);
    return FREE_TURN;
  };
}

describe('a thousand tenants that come at once to three replicas', () => {
  it('get a token each, in the order they came, no faster than the grants may be asked for', async () => {
    const bench = tokenBench();
    const perSecond = 500;
    bench.throttle = grantBudget(bench.clock, perSecond);
    const replicas = ['a', 'b', 'c'].map((name) => bench.join(name));
    const tokens: Promise<string>[] = [];
    for (let n = 0; n < TENANTS; n += 1) {
      const homes = replicas.map((_, at) => replicas[(n + at) % 3] as BenchReplica);
      for (const replica of homes) tokens.push(replica.sit({ tenantId: `tenant-${n}` }).token());
      if (n % 100 === 0) await bench.clock.advance(0);
    }
    await bench.clock.advance((TENANTS / perSecond) * 1000 + 1000);
    expect(new Set(await Promise.all(tokens)).size).toBe(TENANTS);
    expect(bench.asks).toHaveLength(TENANTS);
    expect(bench.asks.map(({ tenantId }) => tenantId)).toEqual(
      Array.from({ length: TENANTS }, (_, n) => `tenant-${n}`),
    );
    for (let at = perSecond; at < TENANTS; at += 1) {
      const apartMs = (bench.asks[at]?.atMs ?? 0) - (bench.asks[at - perSecond]?.atMs ?? 0);
      expect(apartMs).toBeGreaterThanOrEqual(1000 - 0.001);
    }
  }, 120_000);

  it('leave at their own deadlines, while what they asked for is got for those who stay', async () => {
    const bench = tokenBench();
    bench.throttle = grantBudget(bench.clock, 20);
    const replica = bench.join('a');
    const outcomes = Array.from({ length: 100 }, (_, n) => {
      const seat = replica.sit({ tenantId: `tenant-${n}` });
      const leaving = new AbortController();
      const hurried = seat.token(leaving.signal).then(
        () => 'got',
        (error: Error) => error.name,
      );
      return { seat, leaving, hurried, patient: seat.token() };
    });
    await bench.clock.advance(2000);
    for (const { leaving } of outcomes) leaving.abort();
    await bench.clock.advance(4000);
    const hurried = await Promise.all(outcomes.map(({ hurried }) => hurried));
    expect(hurried.filter((end) => end === 'got')).toHaveLength(41);
    expect(hurried.filter((end) => end === 'AbortError')).toHaveLength(59);
    expect(new Set(await Promise.all(outcomes.map(({ patient }) => patient))).size).toBe(100);
    expect(bench.asks).toHaveLength(100);
  });

  it('are refused with the time to come back when their turn is too far off, and that is nobody’s failure', async () => {
    const bench = tokenBench();
    bench.throttle = grantBudget(bench.clock, 20, 1000);
    const replicas = [bench.join('a'), bench.join('b')] as const;
    const ask = (n: number) => (replicas[n % 2] as BenchReplica).sit({ tenantId: `tenant-${n}` }).token();
    const first = Promise.allSettled(Array.from({ length: 60 }, (_, n) => ask(n)));
    await bench.clock.advance(3000);
    const refused = (await first).filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused).toHaveLength(39);
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) });
    }
    const second = Promise.allSettled(Array.from({ length: 20 }, (_, n) => ask(40 + n)));
    await bench.clock.advance(1500);
    expect((await second).every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(replicas.map(({ counts }) => counts['failed'] ?? 0)).toEqual([0, 0]);
  });
});
