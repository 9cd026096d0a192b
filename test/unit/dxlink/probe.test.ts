import { beforeEach, describe, expect, it } from 'vitest';
import { startProbe } from '../../../src/broker/dxlink/probe.ts';
import type { Probe } from '../../../src/broker/dxlink/probe.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import { createFleetWorld } from '../../support/relay/fleet-world.ts';

let clock: ManualClock;
let asked: number;
let deaths: number;
/** How long the server takes to answer; undefined: it does not. */
let answersInMs: number | undefined;

beforeEach(() => {
  clock = createManualClock();
  asked = 0;
  deaths = 0;
  answersInMs = 50;
});

function start(on = clock as Parameters<typeof startProbe>[0]['clock'], arrive = (task: () => void) => task()): Probe {
  const probe: Probe = startProbe({
    clock: on,
    send() {
      asked += 1;
      if (answersInMs !== undefined) clock.after(answersInMs, () => arrive(() => probe.heard('keepalive')));
    },
    silent: () => (deaths += 1),
  });
  return probe;
}

describe('a quiet line', () => {
  it('is asked about each second and left alone while it answers', async () => {
    start();
    await clock.advance(60_000);
    expect(asked).toBeGreaterThan(50);
    expect(asked).toBeLessThanOrEqual(80);
    expect(deaths).toBe(0);
  });

  it('that has answered is dead when it does so no more, told once, within two seconds of its last sign', async () => {
    start();
    await clock.advance(10_000);
    answersInMs = undefined;
    await clock.advance(2_500);
    expect(deaths).toBe(1);
    await clock.advance(60_000);
    expect(deaths).toBe(1);
  });

  it('that never answers is asked a few times only, and not held dead for it', async () => {
    answersInMs = undefined;
    start();
    await clock.advance(600_000);
    expect([asked, deaths]).toEqual([5, 0]);
  });

  it('of a slow server has longer to answer', async () => {
    answersInMs = 900;
    start();
    await clock.advance(30_000);
    answersInMs = 3_000;
    await clock.advance(30_000);
    expect(deaths).toBe(0);
  });

  it('is not held dead by a process that stood still itself', async () => {
    const replica = createFleetWorld(clock).replica();
    start(replica.clock, replica.outside);
    await clock.advance(10_000);
    for (let round = 0; round < 5; round += 1) {
      replica.freeze();
      await clock.advance(2_700);
      replica.thaw('timers');
      await clock.advance(1_111);
    }
    expect(deaths).toBe(0);
  });
});

describe('a busy line', () => {
  it('is asked only to learn whether its server answers', async () => {
    const probe = start();
    for (let round = 0; round < 1000; round += 1) {
      await clock.advance(100);
      probe.heard('other');
    }
    expect([asked, deaths]).toEqual([2, 0]);
  });

  it('that breaks off is found dead all the same', async () => {
    const probe = start();
    for (let round = 0; round < 100; round += 1) {
      await clock.advance(100);
      probe.heard('other');
    }
    answersInMs = undefined;
    await clock.advance(2_200);
    expect(deaths).toBe(1);
  });
});
