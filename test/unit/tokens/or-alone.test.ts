import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { createOrAlone } from '../../../src/relay/tokens/or-alone.ts';
import { createManualClock } from '../../support/manual-clock.ts';

function bench() {
  const clock = createManualClock();
  const listeners = new Set<(isAway: boolean) => void>();
  let isAway = false;
  const fleet = {
    get isAway() {
      return isAway;
    },
    onPresence(listener: (isAway: boolean) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const set = (next: boolean): void => {
    isAway = next;
    for (const listener of listeners) listener(next);
  };
  const { orAlone, close } = createOrAlone({ fleet, clock });
  let asked = 0;
  const together = async (): Promise<string> => {
    asked += 1;
    if (isAway) throw new GatewayError('coordination_unavailable', 'Away.');
    return 'together';
  };
  const ask = () => orAlone(together, async () => 'alone');
  return { clock, set, ask, orAlone, close, listeners, asked: () => asked };
}

describe('together or alone', () => {
  it('is together while the others can be reached', async () => {
    const { ask, asked } = bench();
    expect(await ask()).toBe('together');
    expect(asked()).toBe(1);
  });

  it('waits a second for the others, and is together when they come back by then', async () => {
    const { ask, set, clock } = bench();
    set(true);
    const answer = ask();
    await clock.advance(999);
    set(false);
    expect(await answer).toBe('together');
  });

  it('is alone after a second, counted from when they were lost, and from then on at once', async () => {
    const { ask, set, clock, asked } = bench();
    set(true);
    await clock.advance(600);
    let answer = '';
    void ask().then((told) => (answer = told));
    await clock.advance(399);
    expect(answer).toBe('');
    await clock.advance(1);
    expect(answer).toBe('alone');
    expect(await ask()).toBe('alone');
    expect(asked()).toBe(2);
  });

  it('waits anew when they were back and are lost again', async () => {
    const { ask, set, clock } = bench();
    set(true);
    await clock.advance(5000);
    set(false);
    set(true);
    const answer = ask();
    await clock.advance(500);
    set(false);
    expect(await answer).toBe('together');
  });

  it('does not go round for ever with others who are there and do not answer', async () => {
    const { orAlone } = bench();
    let asked = 0;
    const away = (): Promise<string> => {
      asked += 1;
      return Promise.reject(new GatewayError('coordination_unavailable', 'Away.'));
    };
    expect(await orAlone(away, async () => 'alone')).toBe('alone');
    expect(asked).toBe(10);
  });

  it('passes a defect on', async () => {
    const { orAlone, close, listeners } = bench();
    await expect(
      orAlone(
        () => Promise.reject(new TypeError('ours')),
        async () => 'alone',
      ),
    ).rejects.toThrow('ours');
    close();
    expect(listeners.size).toBe(0);
  });
});
