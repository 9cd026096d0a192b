import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { type Fleet, createFleet } from '../../../src/fleet/fleet.ts';
import type { BusMessage } from '../../../src/transports/mcp/bus-message.ts';
import { createMessageBus } from '../../../src/transports/mcp/message-bus.ts';
import type { MessageBus } from '../../../src/transports/mcp/message-bus.ts';
import { fleetKinds } from '../../support/two-fleets.ts';
import { redisAway } from '../../support/two-redis.ts';

const message = (n: number): BusMessage => ({
  kind: 'message',
  message: { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 't', progress: n } },
});
const numberOf = (heard: BusMessage): unknown =>
  heard.kind === 'message' && 'params' in heard.message ? heard.message.params?.['progress'] : heard.kind;
const NUMBERS = Array.from({ length: 100 }, (_, n) => n);

const opened: MessageBus[] = [];
const busOver = (fleet: Fleet): MessageBus => {
  const bus = createMessageBus({ fleet, clock: systemClock });
  opened.push(bus);
  return bus;
};
afterEach(() => opened.splice(0).forEach((bus) => bus.close()));

describe.each(fleetKinds())('the message bus %s', (_kind, create) => {
  /** Two replicas that hear each other. */
  async function both(): Promise<[MessageBus, MessageBus]> {
    const [one, other] = create().map(busOver);
    if (one === undefined || other === undefined) throw new Error('There are two');
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const session = randomUUID();
      let isHeard = false;
      const leave = to.joinCalls(session, () => (isHeard = true));
      await vi.waitFor(async () => {
        await from.tellCalls(session, { kind: 'knock' });
        expect(isHeard).toBe(true);
      });
      leave();
    }
    return [one, other];
  }

  it('carries what is meant for a call to the replica that serves it, in order, and to no other session', async () => {
    const [one, other] = await both();
    const session = randomUUID();
    const [here, elsewhere, strange]: [unknown[], unknown[], unknown[]] = [[], [], []];
    one.joinCalls(session, (heard) => here.push(numberOf(heard)) < 0);
    other.joinCalls(session, (heard) => elsewhere.push(numberOf(heard)) > 0);
    other.joinCalls(randomUUID(), (heard) => strange.push(numberOf(heard)) > 0);
    await Promise.all(NUMBERS.map((n) => one.tellCalls(session, message(n))));
    await vi.waitFor(() => expect(elsewhere).toEqual(NUMBERS));
    expect(here).toEqual(NUMBERS);
    expect(strange).toEqual([]);
  });

  it('carries no further what was for a call of this replica, and word of the end to all', async () => {
    const [one, other] = await both();
    const session = randomUUID();
    const elsewhere: unknown[] = [];
    let isTaken = false;
    const leave = one.joinCalls(session, () => (isTaken = true));
    other.joinCalls(session, (heard) => elsewhere.push(numberOf(heard)) > 0);
    await one.tellCalls(session, message(1));
    await one.tellCalls(session, { kind: 'over' });
    await vi.waitFor(() => expect(elsewhere).toEqual(['over']));
    expect(isTaken).toBe(true);
    leave();
    await one.tellCalls(session, message(2));
    await vi.waitFor(() => expect(elsewhere).toEqual(['over', 2]));
  });

  it('carries to the stream of a session, wherever it is, in order, and says whether there is one', async () => {
    const [one, other] = await both();
    const session = randomUUID();
    expect(await one.tellStream(session, message(0))).toBe(false);
    const heard: unknown[] = [];
    await other.joinStream(session, (each) => heard.push(numberOf(each)));
    const told = await Promise.all(NUMBERS.map((n) => one.tellStream(session, message(n))));
    expect(told).toEqual(NUMBERS.map(() => true));
    expect(await other.tellStream(session, message(100))).toBe(true);
    await vi.waitFor(() => expect(heard.toSorted((a, b) => Number(a) - Number(b))).toEqual([...NUMBERS, 100]));
    expect(heard.filter((n) => n !== 100)).toEqual(NUMBERS);
  });

  it('tells the streams of one session on two replicas that another takes over, each once', async () => {
    const [one, other] = await both();
    const session = randomUUID();
    const heard: [BusMessage[], BusMessage[]] = [[], []];
    await one.joinStream(session, (each) => heard[0].push(each));
    const leave = await other.joinStream(session, (each) => heard[1].push(each));
    const over: BusMessage = { kind: 'over', for: { at: 5, name: 'new' } };
    await one.tellStream(session, over);
    await vi.waitFor(() => expect(heard).toEqual([[over], [over]]));
    leave();
    await one.tellStream(session, { kind: 'noted' });
    await vi.waitFor(() => expect(heard[0]).toHaveLength(2));
    expect(heard[1]).toEqual([over]);
  });
});

describe('the message bus with Redis away', () => {
  it('still carries within the process, and refuses with the time to try again what should go further', async () => {
    const redis = redisAway();
    const bus = busOver(createFleet({ redis, clock: systemClock, ids: systemIds }));
    const heard: unknown[] = [];
    bus.joinCalls('here', (each) => heard.push(numberOf(each)) > 0);
    await bus.joinStream('here', (each) => heard.push(numberOf(each)));
    await bus.tellCalls('here', message(1));
    expect(await bus.tellStream('here', message(2))).toBe(true);
    expect(heard).toEqual([1, 2]);
    const refusal = { code: 'coordination_unavailable', retryAfterMs: 1000 };
    await expect(bus.tellCalls('elsewhere', message(3))).rejects.toMatchObject(refusal);
    await expect(bus.tellStream('elsewhere', message(3))).rejects.toMatchObject(refusal);
    await redis.close();
  });
});
