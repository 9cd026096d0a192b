import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { createDatabasePresence, storageUnavailable } from '../../../src/storage/database-presence.ts';
import { createManualClock } from '../../support/manual-clock.ts';

function bench() {
  const clock = createManualClock();
  const changes: boolean[] = [];
  const state = { answers: 'at once' as 'at once' | 'never' | 'refuses', asked: 0, dropped: 0 };
  const presence = createDatabasePresence({
    clock,
    async ask() {
      state.asked += 1;
      if (state.answers === 'never') await new Promise<never>(() => {});
      if (state.answers === 'refuses') throw new Error('ECONNREFUSED');
    },
    drop: () => (state.dropped += 1),
    onChange: (isAway) => changes.push(isAway),
  });
  const slow = (ms: number) => presence.during(() => clock.sleep(ms).then(() => 'done'));
  return { clock, changes, state, presence, slow };
}

const unavailable = { code: 'storage_unavailable', status: 503 };

describe('the presence of a database', () => {
  it('is not looked at for work that is quick', async () => {
    const { presence, state, clock, slow } = bench();
    const work = slow(499);
    await clock.advance(499);
    expect(await work).toBe('done');
    await clock.advance(10_000);
    expect([state.asked, presence.isAway]).toEqual([0, false]);
  });

  it('is looked at while work takes long, and then lets it take long', async () => {
    const { presence, state, clock, slow, changes } = bench();
    const work = slow(9000);
    await clock.advance(9000);
    expect(await work).toBe('done');
    expect(state.asked).toBeGreaterThan(3);
    expect([presence.isAway, changes]).toEqual([false, []]);
  });

  it('ends within three seconds of work that is not answered; from then on there is no waiting at all', async () => {
    const { presence, state, clock, slow, changes } = bench();
    state.answers = 'never';
    void slow(60_000);
    await clock.advance(2400);
    expect(changes).toEqual([]);
    await clock.advance(600);
    expect(changes).toEqual([true]);
    let isBegun = false;
    const refused = presence.during(async () => {
      isBegun = true;
    });
    await expect(refused).rejects.toMatchObject(unavailable);
    expect(isBegun).toBe(false);
    expect(state.dropped).toBeGreaterThan(0);
  });

  it('ends at once with work that failed for a server which refuses', async () => {
    const { presence, state, clock } = bench();
    state.answers = 'refuses';
    await expect(presence.during(() => Promise.reject(storageUnavailable()))).rejects.toMatchObject(unavailable);
    await clock.advance(0);
    expect(presence.isAway).toBe(true);
  });

  it('does not end with work that failed while the server answers, or for another reason', async () => {
    const { presence, state, clock } = bench();
    await expect(presence.during(() => Promise.reject(storageUnavailable()))).rejects.toMatchObject(unavailable);
    await clock.advance(0);
    expect([state.asked, presence.isAway]).toEqual([1, false]);
    const own = new GatewayError('not_found', 'ours');
    await expect(presence.during(() => Promise.reject(own))).rejects.toBe(own);
    await clock.advance(0);
    expect(state.asked).toBe(1);
  });

  it('comes back with the first answer, and can end again', async () => {
    const { presence, state, clock, changes } = bench();
    for (let round = 0; round < 2; round += 1) {
      state.answers = 'refuses';
      await expect(presence.during(() => Promise.reject(storageUnavailable()))).rejects.toMatchObject(unavailable);
      await clock.advance(5000);
      expect(presence.isAway).toBe(true);
      state.answers = 'at once';
      await clock.advance(250);
      expect(await presence.during(async () => 7)).toBe(7);
    }
    expect(changes).toEqual([true, false, true, false]);
  });

  it('is asked after by one question at a time, also when none is answered', async () => {
    const { state, clock, slow } = bench();
    state.answers = 'never';
    for (let n = 0; n < 50; n += 1) void slow(60_000);
    await clock.advance(2520);
    expect(state.asked).toBe(1);
    await clock.advance(20_000);
    expect(state.asked).toBeLessThanOrEqual(12);
  });

  it('is not asked after once it is closed', async () => {
    const { presence, state, clock, changes } = bench();
    state.answers = 'refuses';
    await expect(presence.during(() => Promise.reject(storageUnavailable()))).rejects.toMatchObject(unavailable);
    await clock.advance(1000);
    presence.close();
    const { asked } = state;
    await clock.advance(10_000);
    expect([state.asked, changes]).toEqual([asked, [true]]);
  });
});
