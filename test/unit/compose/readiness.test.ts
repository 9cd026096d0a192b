import { describe, expect, it } from 'vitest';
import { createReadiness } from '../../../src/compose/readiness.ts';
import { createLife } from '../../../src/transports/http/life.ts';
import { createManualClock } from '../../support/manual-clock.ts';

function bench(redis: 'none' | 'well' | 'away' = 'none') {
  const clock = createManualClock();
  const life = createLife();
  let looks = 0;
  let look: () => Promise<boolean> = async () => true;
  const storage = {
    healthy: async () => {
      looks += 1;
      return look();
    },
  };
  const shared = redis === 'none' ? {} : { redis: { healthy: async () => redis === 'well' } };
  const readiness = createReadiness({
    tenancy: { storage } as Parameters<typeof createReadiness>[0]['tenancy'],
    shared: shared as Parameters<typeof createReadiness>[0]['shared'],
    life,
    clock,
  });
  return { clock, life, readiness, looks: () => looks, lookWith: (next: typeof look) => void (look = next) };
}

describe('readiness', () => {
  it('looks twice a second at the most, however often it is asked', async () => {
    const { clock, readiness, looks } = bench();
    for (let at = 0; at < 100; at += 1) {
      await Promise.all([readiness(), readiness(), readiness()]);
      await clock.advance(10);
    }
    expect(looks()).toBe(2);
  });

  it('is told of the database, and not taken away by Redis', async () => {
    const { clock, readiness, lookWith } = bench('away');
    expect(await readiness()).toEqual({ ready: true, checks: { storage: 'ok', redis: 'failed' } });
    lookWith(async () => false);
    await clock.advance(500);
    expect(await readiness()).toEqual({ ready: false, checks: { storage: 'failed', redis: 'failed' } });
  });

  it('is over at once when the process is ending, also while nothing answers', async () => {
    const { clock, life, readiness, lookWith } = bench('well');
    expect((await readiness()).ready).toBe(true);
    lookWith(() => new Promise(() => {}));
    await clock.advance(1000);
    life.end();
    expect(await readiness()).toEqual({ ready: false, checks: { storage: 'ok', redis: 'ok' } });
  });
});
