import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { createPresence } from '../../../src/redis/presence.ts';
import { createManualClock } from '../../support/manual-clock.ts';

function bench() {
  const clock = createManualClock();
  const changes: boolean[] = [];
  const state = { isUp: true, reconnects: 0, pings: 0 };
  const never = new Promise<never>(() => {});
  const presence = createPresence({
    clock,
    ping: async () => {
      state.pings += 1;
      return state.isUp ? 'PONG' : never;
    },
    reconnect: () => (state.reconnects += 1),
    onChange: (isAway) => changes.push(isAway),
  });
  return { clock, changes, state, presence, never };
}

describe('presence', () => {
  it('passes answers and refusals on, and stays', async () => {
    const { presence, changes } = bench();
    expect(await presence.ask(async () => 7)).toBe(7);
    const refusal = Object.assign(new Error('WRONGTYPE'), { name: 'ReplyError' });
    await expect(presence.ask(() => Promise.reject(refusal))).rejects.toBe(refusal);
    const own = new GatewayError('internal', 'ours');
    await expect(presence.ask(() => Promise.reject(own))).rejects.toBe(own);
    expect([presence.isAway, changes]).toEqual([false, []]);
  });

  it('gives up a command within a fifth of a second, and then asks nobody', async () => {
    const { presence, clock, state, never, changes } = bench();
    state.isUp = false;
    const asked = presence.ask(() => never);
    const ended = expect(asked).rejects.toMatchObject({ code: 'coordination_unavailable', status: 503 });
    await clock.advance(250);
    await ended;
    let wasAsked = false;
    const next = presence.ask(async () => (wasAsked = true));
    await expect(next).rejects.toMatchObject({ code: 'coordination_unavailable' });
    expect([wasAsked, changes]).toEqual([false, [true]]);
  });

  it.each(['READONLY You can not write', 'LOADING Redis is loading', 'CLUSTERDOWN The cluster is down'])(
    'takes a server that does not serve for one that is away: %s',
    async (words) => {
      const { presence } = bench();
      const refusal = Object.assign(new Error(words), { name: 'ReplyError' });
      await expect(presence.ask(() => Promise.reject(refusal))).rejects.toMatchObject({
        code: 'coordination_unavailable',
      });
      expect(presence.isAway).toBe(true);
    },
  );

  it('looks for nobody once it is closed, though something is still asked', async () => {
    const { presence, clock, state, never } = bench();
    state.isUp = false;
    presence.close();
    const ended = expect(presence.ask(() => never)).rejects.toMatchObject({ code: 'coordination_unavailable' });
    await clock.advance(10_000);
    await ended;
    expect([state.pings, state.reconnects]).toEqual([0, 0]);
  });

  it('is back with the first answered probe', async () => {
    const { presence, clock, state, changes } = bench();
    await expect(presence.ask(() => Promise.reject(new Error('Connection is closed.')))).rejects.toThrow();
    await clock.advance(150);
    expect([presence.isAway, changes]).toEqual([false, [true, false]]);
    expect(state.pings).toBe(1);
    expect(await presence.ask(async () => 'on')).toBe('on');
  });

  it('has the connection made anew when nothing comes back on it', async () => {
    const { presence, clock, state } = bench();
    state.isUp = false;
    await expect(presence.ask(() => Promise.reject(new Error('read ECONNRESET')))).rejects.toThrow();
    await clock.advance(1900);
    expect(state.reconnects).toBe(0);
    await clock.advance(300);
    expect(state.reconnects).toBe(1);
    await clock.advance(2200);
    expect(state.reconnects).toBe(2);
    expect(state.pings).toBe(1);
  });
});
