import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../support/manual-clock.ts';

describe('the manual clock', () => {
  it('stands still until it is advanced', async () => {
    const clock = createManualClock(1_000);
    await clock.advance(250);
    expect(clock.now()).toBe(1_250);
    expect(clock.monotonicMs()).toBe(250);
  });

  it('runs due timers in order of time, each at its own instant', async () => {
    const clock = createManualClock(0);
    const ran: [string, number][] = [];
    clock.after(30, () => ran.push(['late', clock.now()]));
    clock.after(10, () => ran.push(['early', clock.now()]));
    clock.after(10, () => ran.push(['early, second', clock.now()]));
    clock.after(31, () => ran.push(['never', clock.now()]));
    await clock.advance(30);
    expect(ran).toEqual([
      ['early', 10],
      ['early, second', 10],
      ['late', 30],
    ]);
  });

  it('repeats `every` until it is cancelled', async () => {
    const clock = createManualClock(0);
    const at: number[] = [];
    const timer = clock.every(10, () => at.push(clock.now()));
    await clock.advance(35);
    timer.cancel();
    await clock.advance(100);
    expect(at).toEqual([10, 20, 30]);
  });

  it('lets what a timer resolved go on, and set timers of its own, within one advance', async () => {
    const clock = createManualClock(0);
    const at: number[] = [];
    const loop = (async () => {
      for (let round = 0; round < 3; round += 1) {
        await clock.sleep(10);
        at.push(clock.now());
      }
    })();
    await clock.advance(30);
    await loop;
    expect(at).toEqual([10, 20, 30]);
  });

  it('rejects a sleep with the reason of its signal, before and during', async () => {
    const clock = createManualClock(0);
    const abort = new AbortController();
    const sleeping = clock.sleep(10, abort.signal);
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(clock.sleep(10, abort.signal)).rejects.toBe(reason);
  });

  it('steps the wall clock without touching timers', async () => {
    const clock = createManualClock(1_000_000);
    let fired = false;
    clock.after(10, () => (fired = true));
    clock.set(0);
    expect(clock.now()).toBe(0);
    expect(fired).toBe(false);
    await clock.advance(10);
    expect([clock.now(), fired]).toEqual([10, true]);
  });
});
