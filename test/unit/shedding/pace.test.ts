import { describe, expect, it } from 'vitest';
import { createPace } from '../../../src/transports/http/shedding/pace.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createManualTurns } from '../../support/manual-turns.ts';

function bench() {
  const clock = createManualClock();
  const turns = createManualTurns();
  const pace = createPace({ clock, turns });
  const started: string[] = [];
  const gone = new Set<string>();
  const start = (party: string, name: string, isUrgent = false): void =>
    pace.start(party, { start: () => void started.push(name), isGone: () => gone.has(name) }, isUrgent);
  return { clock, turns, pace, started, gone, start };
}

describe('the pace of calls', () => {
  it('starts one at once, and one more in each turn', () => {
    const { turns, started, start } = bench();
    for (const name of ['a1', 'a2', 'a3']) start('a', name);
    expect(started).toEqual(['a1']);
    turns.turn();
    expect(started).toEqual(['a1', 'a2']);
    turns.turn();
    turns.turn();
    start('a', 'a4');
    expect(started).toEqual(['a1', 'a2', 'a3', 'a4']);
  });

  it('starts urgent ones first', () => {
    const { turns, started, start } = bench();
    start('a', 'a1');
    start('a', 'a2');
    start('b', 'cancel', true);
    turns.turn();
    turns.turn();
    expect(started).toEqual(['a1', 'cancel', 'a2']);
  });

  it('leaves turns to connections that come in, and goes on all the same', () => {
    const { turns, pace, started, start } = bench();
    for (const name of ['a1', 'a2', 'a3']) start('a', name);
    for (let at = 0; at < 3; at += 1) {
      pace.arrived();
      turns.turn();
    }
    expect(started).toEqual(['a1']);
    turns.turn();
    expect(started).toEqual(['a1', 'a2']);
    for (let at = 0; at < 16; at += 1) {
      expect(started).toEqual(['a1', 'a2']);
      pace.arrived();
      turns.turn();
    }
    expect(started).toEqual(['a1', 'a2', 'a3']);
  });

  it('passes over whoever has gone', () => {
    const { turns, started, gone, start } = bench();
    for (const name of ['a1', 'a2', 'a3']) start('a', name);
    gone.add('a2');
    turns.turn();
    expect(started).toEqual(['a1', 'a3']);
  });

  it('expects a wait as long as things take, shorter for whoever has fewer in line', async () => {
    const { clock, turns, pace, start } = bench();
    // Turns of 10 ms, until that is what it expects.
    for (let at = 0; at < 200; at += 1) start('a', `a${at}`);
    for (let at = 0; at < 100; at += 1) {
      await clock.advance(10);
      turns.turn();
    }
    expect(pace.expectedMs('a')).toBeGreaterThan(950);
    expect(pace.expectedMs('a')).toBeLessThan(1010);
    expect(pace.expectedMs('b')).toBeLessThan(20);
    expect(pace.expectedMs()).toBe(pace.expectedMs('b'));
    expect(pace.standingMs()).toBe(1000);
  });

  it('is not misled by one long pause', async () => {
    const { clock, turns, pace, start } = bench();
    for (let at = 0; at < 10; at += 1) start('a', `a${at}`);
    await clock.advance(60_000);
    turns.turn();
    // Eight are left, and a step is expected to take no longer than a tenth of the longest that is believed.
    expect(pace.expectedMs('a')).toBeLessThan(8 * 6);
  });

  it('stands only while somebody waits', async () => {
    const { clock, turns, pace, start } = bench();
    start('a', 'a1');
    await clock.advance(500);
    expect(pace.standingMs()).toBe(0);
    start('a', 'a2');
    await clock.advance(70);
    expect(pace.standingMs()).toBe(70);
    turns.turn();
    expect(pace.standingMs()).toBe(0);
  });
});
