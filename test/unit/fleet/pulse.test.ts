import { describe, expect, it } from 'vitest';
import { createPulse } from '../../../src/fleet/pulse.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createFleetWorld } from '../../support/relay/fleet-world.ts';

function pulseOfReplica() {
  const clock = createManualClock();
  const replica = createFleetWorld(clock).replica();
  return { clock, replica, pulse: createPulse(replica.clock) };
}

describe('the pulse of a process', () => {
  it('is even while it runs', async () => {
    const { clock, pulse } = pulseOfReplica();
    await clock.advance(60_000);
    expect([pulse.standstills(), pulse.arrivedMs(60_000), pulse.arrivedMs(30_000)]).toEqual([0, 60_000, 30_000]);
  });

  it('tells a standstill to whoever asks first, before any timer has run', async () => {
    const { clock, replica, pulse } = pulseOfReplica();
    await clock.advance(1000);
    let told = 0;
    pulse.onStandstill(() => (told += 1));
    replica.freeze();
    await clock.advance(5000);
    expect(pulse.standstills()).toBe(1);
    expect(told).toBe(1);
    expect(pulse.arrivedMs(6000)).toBe(1000);
    replica.thaw('timers');
    await clock.advance(0);
    expect([pulse.standstills(), told]).toEqual([1, 1]);
  });

  it('counts a short one for what was read right after it only, however much later that is asked', async () => {
    const { clock, replica, pulse } = pulseOfReplica();
    await clock.advance(1000);
    replica.freeze();
    await clock.advance(800);
    replica.thaw('arrivals');
    expect(pulse.arrivedMs(1800)).toBe(1000);
    await clock.advance(20_000);
    expect([999, 1800, 2700, 2900].map((ms) => pulse.arrivedMs(ms))).toEqual([999, 1000, 1000, 2900]);
    expect(pulse.standstills()).toBe(0);
  });
});
