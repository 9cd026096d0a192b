import { describe, expect, it } from 'vitest';
import { atMost } from '../../../src/core/at-most.ts';
import { createLoopDelay } from '../../../src/core/loop-delay.ts';
import { createRecentWaits } from '../../../src/core/recent-waits.ts';
import { createManualClock } from '../../support/manual-clock.ts';

describe('waiting at most so long', () => {
  it('ends with the work, however that ends, or with the time', async () => {
    const clock = createManualClock();
    await atMost(clock, 1000, Promise.resolve('done'));
    await atMost(clock, 1000, Promise.reject(new Error('failed')));
    const waited = atMost(clock, 1000, new Promise(() => {}));
    await clock.advance(1000);
    await waited;
    expect(clock.monotonicMs()).toBe(1000);
  });
});

describe('recent waits', () => {
  it('tell the shortest, once there are enough, and forget what is past', async () => {
    const clock = createManualClock();
    const waits = createRecentWaits(clock);
    for (const ms of [90, 80, 300]) waits.note(ms);
    expect(waits.shortestMs()).toBe(0);
    waits.note(120);
    expect(waits.shortestMs()).toBe(80);
    await clock.advance(300);
    for (const ms of [95, 110]) waits.note(ms);
    expect(waits.shortestMs(), 'those of the moment before count').toBe(80);
    await clock.advance(300);
    expect(waits.shortestMs(), 'two are too few').toBe(0);
    await clock.advance(10_000);
    for (const ms of [5, 6, 7, 8]) waits.note(ms);
    expect(waits.shortestMs()).toBe(5);
  });
});

describe('the delay of the event loop', () => {
  it('is that of the last ticks, at the least', async () => {
    let nowMs = 0;
    const ticks: (() => void)[] = [];
    const clock = { ...createManualClock(), monotonicMs: () => nowMs };
    const delay = createLoopDelay({
      ...clock,
      every: (_, task) => {
        ticks.push(task);
        return { cancel: () => void ticks.pop() };
      },
    });
    const tickAfter = (ms: number): void => {
      nowMs += ms;
      for (const tick of ticks) tick();
    };
    tickAfter(20);
    tickAfter(620);
    expect(delay.lastingMs(), 'one hiccup is none').toBe(0);
    tickAfter(520);
    tickAfter(720);
    expect(delay.lastingMs()).toBe(500);
    tickAfter(20);
    expect(delay.lastingMs()).toBe(0);
    delay.close();
    expect(ticks).toEqual([]);
  });
});
