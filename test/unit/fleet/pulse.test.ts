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
    expect([pulse.standstills(), pulse.slackMs()]).toEqual([0, 0]);
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
    expect(pulse.slackMs()).toBeGreaterThanOrEqual(4900);
    replica.thaw('timers');
    await clock.advance(0);
    expect([pulse.standstills(), told]).toEqual([1, 1]);
  });

  it('counts a short one for what is read right after it only', async () => {
    const { clock, replica, pulse } = pulseOfReplica();
    replica.freeze();
    await clock.advance(800);
    replica.thaw('arrivals');
    expect(pulse.slackMs()).toBeGreaterThanOrEqual(700);
    await clock.advance(900);
    expect(pulse.slackMs()).toBeGreaterThanOrEqual(700);
    await clock.advance(300);
    expect([pulse.standstills(), pulse.slackMs()]).toEqual([0, 0]);
  });
});
