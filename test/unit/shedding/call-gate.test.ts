import { describe, expect, it } from 'vitest';
import { asGatewayError, tellError } from '../../../src/core/errors.ts';
import { type CallBounds, createCallGate } from '../../../src/transports/http/shedding/call-gate.ts';
import type { ShedReason } from '../../../src/transports/http/shedding/shed.ts';
import type { CallLane } from '../../../src/transports/http/shedding/under-way.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createManualTurns } from '../../support/manual-turns.ts';

const BOUNDS: CallBounds = { perTenant: 4, perTenantPerSecond: 1000, inAll: 16, rescueReserve: 8, maxWaitMs: 1000 };

function bench(bounds: Partial<CallBounds> = {}) {
  const clock = createManualClock();
  const turns = createManualTurns();
  const shed: [CallLane, ShedReason][] = [];
  const underWay: Record<string, number> = {};
  let isLate = false;
  const gate = createCallGate({
    bounds: { ...BOUNDS, ...bounds },
    clock,
    turns,
    isLate: () => isLate,
    observer: {
      underWay: (lane, count) => void (underWay[lane] = count),
      started() {},
      shed: (lane, reason) => void shed.push([lane, reason]),
    },
  });
  const refusalOf = (work: () => unknown): string | undefined => {
    try {
      work();
      return undefined;
    } catch (error) {
      return asGatewayError(error).code;
    }
  };
  return {
    gate,
    clock,
    turns,
    shed,
    underWay,
    beLate: (late: boolean) => void (isLate = late),
    enter: (tenant: string, lane: CallLane = 'ordinary') => gate.enter(tenant, lane),
    refusal: (tenant: string, lane: CallLane = 'ordinary') => refusalOf(() => gate.enter(tenant, lane).leave()),
    glance: (lane: CallLane) => refusalOf(() => gate.refuseHopeless(lane)),
  };
}

describe('the gate for calls', () => {
  it('bounds the calls of one tenant, and lets others in', () => {
    const { enter, refusal, shed } = bench();
    const first = enter('a');
    for (let at = 0; at < 3; at += 1) enter('a');
    expect(refusal('a')).toBe('rate_limited');
    expect(shed).toEqual([['ordinary', 'tenant_busy']]);
    expect(refusal('b')).toBeUndefined();
    first.leave();
    expect(refusal('a')).toBeUndefined();
  });

  it('soon refuses whoever goes on though its calls come to nothing, but for what rescues, and nobody else', async () => {
    const { gate, clock, refusal, shed } = bench({ perTenantPerSecond: 100 });
    expect(refusal('a')).toBeUndefined();
    for (let at = 0; at < 5; at += 1) gate.cameToNothing('a');
    expect([refusal('a'), refusal('a', 'order')]).toEqual(['rate_limited', 'rate_limited']);
    expect(shed.map(([, reason]) => reason)).toEqual(['tenant_rate', 'tenant_rate']);
    expect([refusal('a', 'rescue'), refusal('b')]).toEqual([undefined, undefined]);
    await clock.advance(2000);
    expect(refusal('a')).toBeUndefined();
  });

  it('keeps a part of all for calls that rescue, of which one tenant has a quarter', () => {
    const { enter, refusal, glance, underWay } = bench();
    for (const tenant of ['a', 'b']) for (let at = 0; at < 4; at += 1) enter(tenant, at === 0 ? 'order' : 'ordinary');
    expect([refusal('c'), refusal('c', 'order'), glance('ordinary'), glance('order')]).toEqual(
      Array.from({ length: 4 }, () => 'overloaded'),
    );
    expect([refusal('c', 'rescue'), glance('rescue')]).toEqual([undefined, undefined]);
    enter('a', 'rescue');
    enter('a', 'rescue');
    expect(refusal('a', 'rescue')).toBe('rate_limited');
    for (const tenant of ['b', 'c', 'd']) for (let at = 0; at < 2; at += 1) enter(tenant, 'rescue');
    expect([refusal('e', 'rescue'), glance('rescue')]).toEqual(['overloaded', 'overloaded']);
    expect(underWay).toEqual({ rescue: 8, order: 2, ordinary: 6 });
  });

  it('refuses what would wait too long for its start, but nothing that rescues', async () => {
    const { enter, refusal, turns, clock } = bench({ perTenant: 1000, inAll: 5000, maxWaitMs: 50 });
    for (let at = 0; at < 60; at += 1) enter('a');
    // Turns of 10 ms: 50 steps are half a second.
    for (let at = 0; at < 10; at += 1) {
      await clock.advance(10);
      turns.turn();
    }
    expect(refusal('a')).toBe('overloaded');
    expect(refusal('b'), 'who waits for two turns at the most').toBeUndefined();
    expect(refusal('a', 'rescue')).toBeUndefined();
  });

  it('lets a burst wait longer than a line that stands', async () => {
    const { enter, refusal, turns, clock } = bench({ perTenant: 1000, inAll: 5000, maxWaitMs: 50 });
    for (let at = 0; at < 101; at += 1) enter('a');
    expect(refusal('a'), 'a hundred of a millisecond each').toBeUndefined();
    for (let at = 0; at < 20; at += 1) {
      await clock.advance(1);
      turns.turn();
    }
    await clock.advance(240);
    expect(refusal('a'), 'eighty, and the line stands').toBe('overloaded');
  });

  it('takes no second burst soon after a refusal', async () => {
    const { refusal, turns, clock } = bench({ perTenant: 1000, inAll: 5000, maxWaitMs: 50 });
    const empty = async (): Promise<void> => {
      for (let at = 0; at < 200; at += 1) {
        await clock.advance(1);
        turns.turn();
      }
    };
    const comeUntilRefused = (): number => {
      for (let came = 0; ; came += 1) if (refusal('a') !== undefined) return came;
    };
    // Steps of a millisecond: in a line of 50 ms there are fifty.
    expect(comeUntilRefused()).toBeGreaterThan(145);
    await empty();
    expect(comeUntilRefused()).toBeLessThan(60);
    await clock.advance(1500);
    await empty();
    expect(comeUntilRefused()).toBeGreaterThan(145);
  });

  it('refuses more while what was begun is late', () => {
    const { refusal, glance, beLate } = bench();
    beLate(true);
    expect([refusal('a'), refusal('a', 'order'), glance('ordinary')]).toEqual([
      'overloaded',
      'overloaded',
      'overloaded',
    ]);
    expect([refusal('a', 'rescue'), glance('rescue')]).toEqual([undefined, undefined]);
    beLate(false);
    expect(refusal('a')).toBeUndefined();
  });

  it('holds a tenant to its rate, and counts what rescues apart', () => {
    const { refusal, shed } = bench({ perTenantPerSecond: 5 });
    const refusals = Array.from({ length: 7 }, () => refusal('a'));
    expect(refusals.filter((code) => code === 'rate_limited')).toHaveLength(2);
    expect(shed.map(([, reason]) => reason)).toEqual(['tenant_rate', 'tenant_rate']);
    expect(refusal('a', 'rescue')).toBeUndefined();
  });

  it('says when to come back, and what is still served', () => {
    const { gate, beLate } = bench();
    beLate(true);
    try {
      gate.enter('a', 'ordinary');
      expect.unreachable();
    } catch (error) {
      expect(tellError(error)).toMatchObject({ code: 'overloaded', retry: 'later', retryAfterSeconds: 1 });
      expect(tellError(error).advice).toContain('Cancels');
    }
  });

  it('starts calls in turn, and frees the place of one that left while it waited', async () => {
    const { enter, turns } = bench();
    const order: string[] = [];
    const [first, second, third] = [enter('a'), enter('a'), enter('b')];
    void first.turn.then(() => order.push('first'));
    void second.turn.then(() => order.push('second, which has gone'));
    void third.turn.then(() => order.push('third'));
    await first.turn;
    second.leave();
    turns.turn();
    await third.turn;
    expect(order).toEqual(['first', 'second, which has gone', 'third']);
  });

  it('tells when nothing is under way, and refuses everything once it is shut', async () => {
    const { gate, enter, refusal } = bench();
    const tickets = [enter('a'), enter('b', 'rescue')];
    let isIdle = false;
    const idle = gate.idle().then(() => (isIdle = true));
    tickets[0]?.leave();
    tickets[0]?.leave();
    await Promise.resolve();
    expect(isIdle).toBe(false);
    tickets[1]?.leave();
    await idle;
    await gate.idle();
    gate.shut();
    expect([refusal('a'), refusal('a', 'rescue')]).toEqual(['overloaded', 'overloaded']);
  });
});
