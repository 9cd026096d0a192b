import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TURN_MS } from '../../../src/cache/shared-level.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { type ErrorCode, GatewayError } from '../../../src/core/errors.ts';
import {
  type CacheBench,
  type Numbered,
  countAsks,
  equity,
  mortalClock,
  openCache,
} from '../../support/cache-bench.ts';
import { eventually } from '../../support/eventually.ts';
import { type OpenLevels, sharedLevels } from '../../support/shared-levels.ts';

const READERS = 100;

/** Three replicas, the clock of each its own. */
async function threeReplicas(open: OpenLevels) {
  const levels = await open(3);
  const replicas = levels.map((level) => {
    const { clock, die } = mortalClock();
    const counted = countAsks(level);
    const bench = openCache({ level: counted.level, clock });
    onTestFinished(() => bench.cache.close());
    return { ...bench, die, asks: counted.asks };
  });
  const [a, b, c] = replicas;
  if (a === undefined || b === undefined || c === undefined) throw new Error('Three were asked for');
  return { a, b, c, all: [a, b, c] };
}

const fresh = () => equity(randomUUID());
const failure = (code: ErrorCode) => new GatewayError(code, `It said ${code}.`, { brokerSaid: 'of one tenant' });

function crowd(
  { cache }: Pick<CacheBench, 'cache'>,
  key = fresh(),
  load: () => Promise<Numbered> = async () => ({ n: 1 }),
) {
  return Array.from({ length: READERS }, () => cache.through(key, load));
}

describe.each(sharedLevels())('three replicas over a level %s', (_name, open) => {
  it('load once for all their cold readers, and are then asked for nothing', async () => {
    const { all } = await threeReplicas(open);
    const key = fresh();
    let loads = 0;
    const load = async () => {
      loads += 1;
      await sleep(200);
      return { n: loads };
    };
    const values = await Promise.all(all.flatMap((replica) => crowd(replica, key, load)));
    expect(values).toHaveLength(3 * READERS);
    expect(values.every(({ n }) => n === 1)).toBe(true);
    expect(loads).toBe(1);
    expect(all.flatMap((replica) => replica.waits)).toHaveLength(2);
    // Until what was stored is known to be stored, and whoever stored it has heard of it.
    await sleep(300);
    const before = all.map((replica) => replica.asks());
    await Promise.all(all.flatMap((replica) => crowd(replica, key, load)));
    expect(all.map((replica) => replica.asks())).toEqual(before);
    expect(loads).toBe(1);
  });

  it('load once more when the one that loads dies under way, and all others are served', async () => {
    const { a, b, c } = await threeReplicas(open);
    const key = fresh();
    let loads = 0;
    const hang = () => {
      loads += 1;
      return new Promise<never>(() => {});
    };
    const load = async () => {
      loads += 1;
      await sleep(100);
      return { n: loads };
    };
    a.cache.through(key, hang).catch(() => {});
    await eventually(() => loads === 1, 5000);
    const waiting = [...crowd(b, key, load), ...crowd(c, key, load)];
    await sleep(600);
    a.die();
    const diedAt = performance.now();
    expect(new Set((await Promise.all(waiting)).map(({ n }) => n))).toEqual(new Set([2]));
    expect(loads).toBe(2);
    expect(performance.now() - diedAt).toBeLessThan(2 * TURN_MS + 1000);
  });

  it('are all told what the broker said of the chain, and ask once', async () => {
    const { all } = await threeReplicas(open);
    for (const code of ['not_found', 'broker_unavailable', 'broker_not_understood'] as const) {
      const key = fresh();
      let loads = 0;
      const load = async () => {
        loads += 1;
        await sleep(200);
        throw failure(code);
      };
      const outcomes = await Promise.allSettled(all.flatMap((replica) => crowd(replica, key, load)));
      const errors = outcomes.map((one) => (one.status === 'rejected' ? (one.reason as GatewayError) : undefined));
      expect(new Set(errors.map((error) => error?.code))).toEqual(new Set([code]));
      expect(new Set(errors.map((error) => error?.message))).toEqual(new Set([`It said ${code}.`]));
      expect(loads).toBe(1);
      // What was said to one tenant stays in its replica.
      expect(errors.filter((error) => error?.brokerSaid !== undefined).length).toBeLessThanOrEqual(READERS);
    }
  });

  it('try again, one of them, when the trouble was only of whoever asked', async () => {
    const { a, b, c } = await threeReplicas(open);
    const key = fresh();
    let loads = 0;
    const refused = a.cache.through(key, async () => {
      loads += 1;
      await sleep(300);
      throw failure('rate_limited');
    });
    const outcome = expect(refused).rejects.toMatchObject({ code: 'rate_limited' });
    await eventually(() => loads === 1, 5000);
    const load = async () => {
      loads += 1;
      await sleep(100);
      return { n: loads };
    };
    const values = await Promise.all([...crowd(b, key, load), ...crowd(c, key, load)]);
    await outcome;
    expect(new Set(values.map(({ n }) => n))).toEqual(new Set([2]));
    expect(loads).toBe(2);
  });

  it('forget a chain that one of them drops, and load it once more', async () => {
    const { a, all } = await threeReplicas(open);
    const key = fresh();
    let loads = 0;
    const load = async () => ({ n: (loads += 1) });
    for (const replica of all) await Promise.all(crowd(replica, key, load));
    await sleep(200);
    await a.cache.drop(key);
    await eventually(async () => {
      const values = await Promise.all(all.map((replica) => replica.cache.through(key, load)));
      return values.every(({ n }) => n === 2);
    }, 5000);
    expect(loads).toBe(2);
  });

  it('find in the second level what another has loaded before they came', async () => {
    const [level] = await open(2);
    if (level === undefined) throw new Error('One was asked for');
    const key = fresh();
    const [early, late] = [openCache({ level, clock: systemClock }), openCache({ level, clock: systemClock })];
    await early.cache.through(key, async () => ({ n: 1 }));
    await eventually(async () => {
      expect(await late.cache.through(key, () => Promise.reject(new Error('not again')))).toEqual({ n: 1 });
      return true;
    }, 5000);
    expect(late.loads).toEqual([]);
    for (const { cache } of [early, late]) cache.close();
  });
});
