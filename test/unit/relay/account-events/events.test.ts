import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountEntry } from '../../../../src/broker/model/account-event.ts';
import { createEventsWorld, TENANT } from '../../../support/relay/events-world.ts';
import type { EventsReplica, EventsWorld } from '../../../support/relay/events-world.ts';

let world: EventsWorld;
beforeEach(() => {
  world = createEventsWorld();
});

const fillsIn = (heard: readonly AccountEntry[]): (string | undefined)[] =>
  heard.flatMap(({ event }) => (event.kind === 'fill' ? [event.fill.id] : []));
const kindsIn = (heard: readonly AccountEntry[]): string[] => heard.map(({ event }) => event.kind);

async function following(replica: EventsReplica) {
  const starting = replica.follow();
  await world.clock.advance(3000);
  return starting;
}

describe('account events', () => {
  it('are told in order to listeners of every replica, over one stream', async () => {
    const [one, other] = [world.replica(), world.replica()];
    const order = world.desk.place();
    await world.clock.advance(60_000);
    const [here, there] = [await following(one), await following(other)];
    for (let n = 0; n < 5; n += 1) {
      world.desk.fill(order);
      await world.clock.advance(10);
    }
    await world.clock.advance(100);
    for (const { heard } of [here, there]) {
      expect(fillsIn(heard)).toEqual(world.desk.fills);
      expect(heard.every(({ id }) => id !== undefined)).toBe(true);
    }
    expect(world.desk.peer.mostAtOnce).toBe(1);
    expect(here.heard.at(-1)?.event).toMatchObject({ kind: 'balances' });
    expect(here.heard.findLast(({ event }) => event.kind === 'order')?.event).toMatchObject({
      order: { id: '1', status: 'Live', externalId: 'external-1' },
    });
  });

  it('begin with a gap, and not with what was before', async () => {
    const order = world.desk.place();
    world.desk.fill(order);
    await world.clock.advance(60_000);
    const { heard } = await following(world.replica());
    expect(kindsIn(heard)).toEqual(['gap', 'balances', 'positions']);
    expect(heard[0]?.event).toEqual({ kind: 'gap', to: expect.any(Number), isWhole: true });
  });

  it('open no stream before somebody listens, and close it a minute after the last has left', async () => {
    const [one, other] = [world.replica(), world.replica()];
    await world.clock.advance(10_000);
    expect(world.desk.peer.sessions).toHaveLength(0);
    const { stop } = await following(other);
    expect([one.isStreaming(), other.isStreaming()]).toEqual([false, true]);
    stop();
    stop();
    await world.clock.advance(59_000);
    expect(other.isStreaming()).toBe(true);
    await world.clock.advance(2000);
    expect(other.isStreaming()).toBe(false);
  });

  it('keep the stream open where the duty is, as long as another replica has listeners', async () => {
    const [one, other] = [world.replica(), world.replica()];
    const first = await following(one);
    const second = await following(other);
    first.stop();
    await world.clock.advance(300_000);
    const order = world.desk.place();
    world.desk.fill(order);
    await world.clock.advance(100);
    expect(fillsIn(second.heard)).toEqual(['fill-1']);
    second.stop();
    await world.clock.advance(200_000);
    expect(world.desk.peer.open).toHaveLength(0);
  });

  it('tell what was missed after a line broke, before what comes next', async () => {
    const { heard } = await following(world.replica());
    const order = world.desk.place();
    world.desk.fill(order);
    await world.clock.advance(100);
    world.desk.peer.last.line.terminate();
    await world.clock.advance(10);
    world.desk.fill(order);
    world.desk.fill(world.desk.place());
    await world.clock.advance(5000);
    world.desk.fill(order);
    await world.clock.advance(100);
    expect(fillsIn(heard)).toEqual(['fill-1', 'fill-2', 'fill-3', 'fill-4']);
    const gaps = heard.flatMap(({ event }) => (event.kind === 'gap' ? [event] : []));
    expect(gaps).toHaveLength(2);
    expect(gaps[1]?.from).toBeDefined();
    expect(kindsIn(heard).indexOf('gap', 1)).toBeLessThan(
      heard.findIndex(({ event }) => 'orderId' in event && event.fill.id === 'fill-2'),
    );
  });

  it('go on at another replica when the one with the stream dies, and lose nothing', async () => {
    const [one, other] = [world.replica(), world.replica()];
    await following(one);
    const { heard } = await following(other);
    const order = world.desk.place();
    for (let n = 0; n < 40; n += 1) {
      world.desk.fill(order);
      await world.clock.advance(100);
      if (n === 10) one.kill();
    }
    await world.clock.advance(10_000);
    expect(other.isStreaming()).toBe(true);
    expect(fillsIn(heard)).toEqual(world.desk.fills);
    expect(world.desk.peer.mostAtOnce).toBe(1);
  });

  it('are not written by a replica that was frozen and has been replaced', async () => {
    const [one, other] = [world.replica(), world.replica()];
    const here = await following(one);
    const { heard } = await following(other);
    const order = world.desk.place();
    for (let n = 0; n < 100; n += 1) {
      world.desk.fill(order);
      await world.clock.advance(100);
      if (n === 10) one.replica.freeze();
      if (n === 80) one.replica.thaw('arrivals');
    }
    await world.clock.advance(10_000);
    expect(fillsIn(heard)).toEqual(world.desk.fills);
    expect(fillsIn(here.heard)).toEqual(world.desk.fills);
    expect([one.isStreaming(), other.isStreaming()]).toEqual([false, true]);
  });

  it('are told to listeners of the replica with the stream while the others are out of reach, and to those later', async () => {
    const [one, other] = [world.replica(), world.replica()];
    const here = await following(one);
    const there = await following(other);
    const order = world.desk.place();
    world.desk.fill(order);
    await world.clock.advance(100);
    for (const { replica } of [one, other]) replica.setAway(true);
    for (let n = 0; n < 20; n += 1) {
      world.desk.fill(order);
      await world.clock.advance(300);
    }
    expect(fillsIn(here.heard)).toEqual(world.desk.fills);
    for (const { replica } of [one, other]) replica.setAway(false);
    await world.clock.advance(10_000);
    world.desk.fill(order);
    await world.clock.advance(100);
    for (const { heard } of [here, there]) expect(fillsIn(heard)).toEqual(world.desk.fills);
    expect(kindsIn(here.heard).filter((kind) => kind === 'gap')).toHaveLength(1);
    expect(kindsIn(there.heard).filter((kind) => kind === 'gap').length).toBeGreaterThan(1);
  });

  it('are read again after a message that could not be read, at most twice a minute', async () => {
    const { heard } = await following(world.replica());
    const order = world.desk.place();
    const { reads } = world.desk;
    for (let n = 0; n < 90; n += 1) {
      world.desk.peer.tell('Order', { id: order, legs: 'garbled' });
      world.desk.fill(order);
      await world.clock.advance(1000);
    }
    expect(fillsIn(heard)).toEqual(world.desk.fills);
    expect(world.desk.reads - reads).toBeGreaterThan(1);
    expect(world.desk.reads - reads).toBeLessThan(5);
  });

  it('go on where the orders cannot be understood, and say that something may be missing', async () => {
    const { heard } = await following(world.replica());
    const order = world.desk.place();
    world.desk.isGarbled = true;
    world.desk.peer.last.line.terminate();
    await world.clock.advance(5000);
    world.desk.fill(order);
    await world.clock.advance(1000);
    expect(fillsIn(heard)).toEqual(['fill-1']);
    expect(heard.findLast(({ event }) => event.kind === 'gap')?.event).toMatchObject({ isWhole: false });
  });

  it('wait for the orders as long as the broker does not show them, however many come', async () => {
    const replica = world.replica();
    const { heard } = await following(replica);
    world.desk.isDown = true;
    world.desk.peer.last.line.terminate();
    await world.clock.advance(3000);
    const orders = Array.from({ length: 60 }, () => world.desk.place());
    for (let n = 0; n < 3000; n += 1) world.desk.fill(orders[n % orders.length] ?? 1);
    await world.clock.advance(60_000);
    expect(fillsIn(heard)).toEqual([]);
    world.desk.isDown = false;
    await world.clock.advance(60_000);
    expect(new Set(fillsIn(heard)).size).toBe(3000);
    expect(fillsIn(heard)).toHaveLength(3000);
    expect(replica.counts['reconciled failed']).toBeGreaterThan(1);
  });

  it('are refused from a replica that has been overtaken, which seeks the stream anew and loses nothing', async () => {
    const replica = world.replica();
    const { heard } = await following(replica);
    const order = world.desk.place();
    await world.clock.advance(100);
    const name = { kind: 'account-events', owner: TENANT };
    await world.fleet.journal.append(name, world.clock.now(), []);
    world.desk.fill(order);
    await world.clock.advance(10);
    expect([fillsIn(heard), replica.counts['refused']]).toEqual([[], expect.any(Number)]);
    await world.clock.advance(10_000);
    world.desk.fill(order);
    await world.clock.advance(100);
    expect(fillsIn(heard)).toEqual(['fill-1', 'fill-2']);
    expect(world.desk.peer.mostAtOnce).toBe(1);
  });

  it('can be read from an entry on', async () => {
    const { relay, ...replica } = world.replica();
    const { heard } = await following({ relay, ...replica });
    const order = world.desk.place();
    for (let n = 0; n < 3; n += 1) world.desk.fill(order);
    await world.clock.advance(100);
    const from = heard.find(({ event }) => event.kind === 'fill')?.id ?? '';
    const { entries, isCut } = await relay.of(TENANT).after(from, 100);
    expect([fillsIn(entries), isCut]).toEqual([['fill-2', 'fill-3'], false]);
    expect(await relay.of('another').after(from, 100)).toEqual({ entries: [], isCut: true });
  });

  it('never reach the listeners of another tenant', async () => {
    const replica = world.replica();
    await following(replica);
    const foreign: AccountEntry[] = [];
    await replica.relay.of('another').follow((entry) => void foreign.push(entry));
    world.desk.fill(world.desk.place());
    await world.clock.advance(1000);
    expect(foreign).toEqual([]);
  });
});
