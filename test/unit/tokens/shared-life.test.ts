import { describe, expect, it } from 'vitest';
import type { SharedToken } from '../../../src/broker/shared-tokens.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { createMemoryRecords } from '../../../src/fleet/memory-records.ts';
import type { OrAlone } from '../../../src/relay/tokens/or-alone.ts';
import { createSteadyRecords } from '../../../src/relay/tokens/steady-records.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { down, tokenBench } from '../../support/token-bench.ts';
import { memoryReplicas, OWNER } from '../../support/token-replicas.ts';

const LIFE_MS = 900_000;

async function keep(replica: ReturnType<ReturnType<typeof memoryReplicas>['join']>, token: SharedToken) {
  const right = await replica.tokens.of(OWNER).claim();
  if (right.kind === 'taken') throw new Error('Nobody else is here');
  await right.end({ kind: 'granted', token });
}

const fresh = (nowMs: number): SharedToken => ({
  token: 'token',
  lifeMs: LIFE_MS,
  endsAtMs: nowMs + LIFE_MS,
  isUnproven: false,
});

describe('the life of a shared token', () => {
  it.each([-55_000, 0, 30_000, 55_000])('is the same for a replica whose clock is off by %d ms', async (offMs) => {
    const store = createManualClock();
    const other = createManualClock(store.now() + offMs);
    const world = memoryReplicas(store);
    await keep(world.join('a', store), fresh(0));
    await Promise.all([store.advance(600_000), other.advance(600_000)]);
    const news = await world.join('b', other).tokens.of(OWNER).news();
    expect(news.token).toMatchObject({ token: 'token', lifeMs: LIFE_MS });
    const endsAtMs = news.token?.endsAtMs ?? 0;
    expect(endsAtMs).toBeLessThanOrEqual(900_000);
    expect(endsAtMs).toBeGreaterThan(899_000);
  });

  it('is over soon after its end for a replica whose clock was put back by an hour, whatever that clock says', async () => {
    const store = createManualClock();
    const other = createManualClock(store.now() - 3_600_000);
    const world = memoryReplicas(store);
    await keep(world.join('a', store), fresh(0));
    await Promise.all([store.advance(LIFE_MS), other.advance(LIFE_MS)]);
    expect((await world.join('b', other).tokens.of(OWNER).news()).token).toBeUndefined();
  });

  it('is not what a store says whose own clock stands still', async () => {
    const store = createManualClock();
    const own = createManualClock();
    const world = memoryReplicas(store);
    await keep(world.join('a', own), fresh(0));
    await own.advance(LIFE_MS - 60_000);
    const { token } = await world.join('b', own).tokens.of(OWNER).news();
    expect(token?.endsAtMs).toBeLessThanOrEqual(LIFE_MS + 60_000);
    await own.advance(120_000);
    expect((await world.join('c', own).tokens.of(OWNER).news()).token).toBeUndefined();
  });

  it('is used to its very end and not beyond, when there is no other to be had', async () => {
    const bench = tokenBench();
    const seats = [bench.join('a').sit(), bench.join('b').sit()];
    for (const seat of seats) expect(await seat.read()).toBe(200);
    bench.mood = () => down;
    await bench.clock.advance(845_500);
    for (let at = 0; at < 541; at += 1) {
      for (const seat of seats) expect(await seat.read()).toBe(200);
      await bench.clock.advance(100);
    }
    await bench.clock.advance(400);
    for (const seat of seats) await expect(seat.read()).rejects.toMatchObject({ code: 'broker_unavailable' });
    expect(bench.staleReads()).toBe(0);
  });
});

describe('steady records', () => {
  const name = { kind: 'x', owner: 'o' };

  function steady() {
    const clock = createManualClock();
    const shared = createMemoryRecords(clock);
    const state = { isAway: false, lagMs: 0, fault: undefined as Error | undefined };
    const guarded = new Proxy(shared, {
      get: (target, key) => {
        const method = Reflect.get(target, key) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]): Promise<unknown> => {
          if (state.fault !== undefined) throw state.fault;
          if (state.isAway) throw new GatewayError('coordination_unavailable', 'Away.');
          const answer = await method(...args);
          if (state.lagMs > 0) await clock.sleep(state.lagMs);
          return answer;
        };
      },
    });
    const orAlone: OrAlone = (together, alone) =>
      together().catch((error: unknown) => (state.isAway ? alone() : Promise.reject(error as Error)));
    const records = createSteadyRecords({ shared: guarded, own: createMemoryRecords(clock), orAlone, clock });
    return { clock, shared, state, records };
  }

  it('go on with what was read or written before, and with what is written meanwhile', async () => {
    const { shared, state, records } = steady();
    await shared.set(name, 'theirs', 1000);
    expect(await records.read(name)).toEqual({ text: 'theirs', leftMs: 1000 });
    state.isAway = true;
    expect(await records.read(name)).toEqual({ text: 'theirs', leftMs: 1000 });
    expect(await records.swap(name, 'theirs', { text: 'ours', ttlMs: 500 })).toBe(true);
    expect(await records.swap(name, 'theirs', undefined)).toBe(false);
    expect((await records.read(name))?.text).toBe('ours');
    expect(await records.setOnce(name, 'again', 500)).toBe(false);
    await records.remove(name);
    expect(await records.setOnce(name, 'again', 500)).toBe(true);
    state.isAway = false;
    expect((await records.read(name))?.text).toBe('theirs');
  });

  it('forget with the others what the others have forgotten', async () => {
    const { shared, state, records } = steady();
    await records.set(name, 'x', 1000);
    await shared.remove(name);
    expect(await records.read(name)).toBeUndefined();
    state.isAway = true;
    expect(await records.read(name)).toBeUndefined();
  });

  it.each(['read', 'swap', 'setOnce'] as const)('keep no copy longer than the answer to %s leaves it', async (how) => {
    const { clock, shared, state, records } = steady();
    if (how === 'read') await shared.set(name, 'x', 1000);
    state.lagMs = 400;
    const done =
      how === 'read'
        ? records.read(name)
        : how === 'swap'
          ? records.swap(name, undefined, { text: 'x', ttlMs: 1000 })
          : records.setOnce(name, 'x', 1000);
    await clock.advance(400);
    await done;
    state.isAway = true;
    expect((await records.read(name))?.leftMs).toBe(600);
    await clock.advance(600);
    expect(await records.read(name)).toBeUndefined();
  });

  it('do not take a defect for an absence', async () => {
    const { state, records } = steady();
    await records.set(name, 'x', 1000);
    state.fault = new TypeError('ours');
    await expect(records.read(name)).rejects.toThrow('ours');
  });
});
