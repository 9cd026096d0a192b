import { beforeEach, describe, expect, it } from 'vitest';
import { systemIds } from '../../../src/core/ids.ts';
import type { NetMarket } from '../../../src/orders/pricing/net-market.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import { FakeExchange } from '../../support/relay/fake-exchange.ts';
import { type FeedReplica, createFeedReplica } from '../../support/relay/feed-bench.ts';
import { createFleetWorld } from '../../support/relay/fleet-world.ts';
import type { FleetWorld } from '../../support/relay/fleet-world.ts';

let clock: ManualClock;
let world: FleetWorld;
let exchange: FakeExchange;

beforeEach(() => {
  clock = createManualClock();
  world = createFleetWorld(clock);
  exchange = new FakeExchange(clock);
  for (const symbol of ['SPY', 'QQQ', 'IWM']) exchange.change(symbol);
});

const start = (): FeedReplica => createFeedReplica(world, exchange, { ids: systemIds });

/** Three replicas that all want SPY; the first is the owner. */
async function startThree(): Promise<readonly [FeedReplica, FeedReplica, FeedReplica]> {
  const three = [start(), start(), start()] as const;
  for (const one of three) {
    one.want('SPY');
    await clock.advance(200);
  }
  expect(three.map(({ duty }) => duty.isHeld())).toEqual([true, false, false]);
  return three;
}

describe('market data of several replicas', () => {
  it('comes over one socket, to each what it wants, and at once', async () => {
    const [owner, one, other] = await startThree();
    const wishes = [owner.want('QQQ'), one.want('IWM'), other.want('QQQ')];
    await clock.advance(130);
    expect(wishes.map(({ versions }) => versions)).toEqual([[1], [1], [1]]);
    exchange.change('QQQ');
    exchange.change('IWM');
    await clock.advance(200);
    expect(wishes.map(({ versions }) => versions.at(-1))).toEqual([2, 2, 2]);
    expect([exchange.lines.size, exchange.opened]).toEqual([1, 1]);
  });

  it('is told to a late joiner without waiting for a change', async () => {
    await startThree();
    await clock.advance(60_000);
    const late = start();
    const wish = late.want('SPY');
    await clock.advance(50);
    expect(wish.versions).toEqual([1]);
    expect(wish.current()).toBeDefined();
  });

  it('is conflated: the newest value once in a tick, in one message for all', async () => {
    const [owner, one, other] = await startThree();
    const wishes = [one.want('SPY'), other.want('SPY')];
    await clock.advance(1000);
    const before = owner.counts['bulletins'] ?? 0;
    for (let change = 0; change < 1000; change += 1) {
      exchange.change('SPY');
      await clock.advance(1);
    }
    await clock.advance(150);
    expect((owner.counts['bulletins'] ?? 0) - before).toBeLessThanOrEqual(16);
    for (const { versions } of wishes) {
      expect(versions.length).toBeLessThanOrEqual(14);
      expect(versions.at(-1)).toBe(1001);
    }
  });

  it('goes on for the others when one of them wants it no more', async () => {
    const [, one, other] = await startThree();
    const [first, second] = [one.want('IWM'), other.want('IWM')];
    await clock.advance(100);
    first.release();
    await clock.advance(61_000);
    exchange.change('IWM');
    await clock.advance(150);
    expect([first.versions.at(-1), second.versions.at(-1)]).toEqual([1, 2]);
    const { asked } = exchange;
    expect(asked).toBe(2);
  });

  it('is told anew to a follower who needs a later confirmation', async () => {
    const [, one] = await startThree();
    await clock.advance(5_000);
    const [reading] = await Promise.all([one.read(['SPY'], { timeoutMs: 1000, maxAgeMs: 50 }), clock.advance(1000)]);
    expect(reading).toMatchObject([{ kind: 'value' }]);
    expect(exchange.asked).toBe(2);
  });

  it('has room for as much as the broker allows over all replicas', async () => {
    exchange.cap = 2;
    const [owner, one, other] = await startThree();
    expect(one.want('QQQ').reasons).toEqual([]);
    await clock.advance(100);
    const refused = [owner.want('IWM'), other.want('IWM')];
    await clock.advance(100);
    expect(refused.map(({ reasons }) => reasons)).toEqual([['too-many-symbols'], ['subscription-refused']]);
  });

  it('ends for all when the tenant’s login is gone, and begins again for whoever asks later', async () => {
    exchange.isRevoked = true;
    const [owner, one] = [start(), start()];
    const first = owner.want('SPY');
    await clock.advance(200);
    expect(first.errors).toMatchObject([{ code: 'reconnect_needed' }]);
    const second = one.want('SPY');
    await clock.advance(500);
    expect(second.errors).toMatchObject([{ code: 'reconnect_needed' }]);
    exchange.isRevoked = false;
    const third = one.want('SPY');
    await clock.advance(500);
    expect(third.versions).toEqual([1]);
  });
});

describe('a gap of the feed', () => {
  it('is told to every replica, whose values are current again as soon as the feed is', async () => {
    const three = await startThree();
    const wishes = three.map((one) => one.want('SPY'));
    await clock.advance(500);
    exchange.drop();
    await clock.advance(50);
    expect(wishes.map((wish) => wish.current())).toEqual([undefined, undefined, undefined]);
    expect(three.map(({ hub }) => hub.isLive)).toEqual([false, false, false]);
    await clock.advance(600);
    expect(wishes.every((wish) => wish.current() !== undefined)).toBe(true);
    expect(three[1].counts['gaps']).toBe(1);
  });

  it('between replicas is noticed by its number, and filled', async () => {
    const [, one] = await startThree();
    const wish = one.want('SPY');
    await clock.advance(500);
    world.loses = () => true;
    exchange.change('SPY');
    await clock.advance(120);
    world.loses = () => false;
    exchange.change('QQQ');
    await clock.advance(700);
    expect([wish.versions.at(-1), one.counts['gaps']]).toEqual([2, 1]);
    expect(wish.current()).toBeDefined();
  });

  it('is assumed when the owner is silent for two seconds', async () => {
    const [owner, one] = await startThree();
    const wish = one.want('SPY');
    await clock.advance(500);
    owner.replica.freeze();
    await clock.advance(1400);
    expect(wish.current()).toBeDefined();
    await clock.advance(700);
    expect(wish.current()).toBeUndefined();
  });
});

describe('the age of a value', () => {
  it('counts from when the owner received it, on every replica', async () => {
    const [, one] = await startThree();
    await clock.advance(7_000);
    const late = start();
    for (const replica of [one, late]) {
      const [reading] = await Promise.all([replica.read(['SPY'], { timeoutMs: 1000 }), clock.advance(1000)]);
      const [value] = reading;
      expect(value).toMatchObject({ kind: 'value' });
      expect(value?.kind === 'value' ? value.ageMs : 0).toBeGreaterThanOrEqual(7_000);
      expect(value?.kind === 'value' ? value.confirmedAgeMs : Infinity).toBeLessThan(2_100);
    }
  });

  it('is not made younger by a process that stood still and reads old messages', async () => {
    const [, one] = await startThree();
    const wish = one.want('SPY');
    await clock.advance(1000);
    exchange.change('SPY');
    await clock.advance(10);
    one.replica.freeze();
    await clock.advance(1200);
    one.replica.thaw('arrivals');
    const held = wish.current();
    if (held !== undefined) {
      expect(held.receivedAtMs).toBeLessThanOrEqual(clock.monotonicMs() - 1190);
      const confirmedAtMs = Math.max(held.receivedAtMs, held.run.heardAtMs);
      expect(exchange.overdueMs('SPY', 2, confirmedAtMs)).toBe(0);
    }
  });

  it('on the owner is that of what waited while it stood still', async () => {
    const [owner] = await startThree();
    await clock.advance(1000);
    owner.replica.freeze();
    await clock.advance(500);
    exchange.change('SPY');
    await clock.advance(1000);
    exchange.change('SPY');
    owner.replica.thaw('arrivals');
    const held = owner.want('SPY').current();
    expect(held === undefined ? 0 : held.receivedAtMs).toBeLessThanOrEqual(clock.monotonicMs() - 1400);
  });

  it('keeps a price from being made of quotes that nobody stands behind', async () => {
    const [owner, one, other] = await startThree();
    await clock.advance(1000);
    exchange.isHalfOpen = true;
    exchange.change('SPY');
    const prices = (): Promise<PromiseSettledResult<NetMarket>[]> =>
      Promise.allSettled([owner, one, other].map((each) => each.price('SPY')));
    await clock.advance(13_000);
    for (const price of await prices()) {
      expect(price).toMatchObject({ status: 'fulfilled' });
      const { ageMs } = (price as PromiseFulfilledResult<NetMarket>).value;
      expect(exchange.overdueMs('SPY', 1, clock.monotonicMs() - ageMs)).toBe(0);
    }
    await clock.advance(3_000);
    const late = prices();
    await clock.advance(8_100);
    for (const price of await late) expect(price).toMatchObject({ reason: { code: 'quote_unavailable' } });
  });
});

describe('the owner', () => {
  it('that dies is followed by another: all is fresh again within six seconds, with the gap told', async () => {
    const [owner, one, other] = await startThree();
    const wishes = [one.want('SPY'), other.want('SPY'), one.want('QQQ')];
    await clock.advance(1000);
    owner.replica.kill();
    exchange.cutOff(owner.replica);
    for (const symbol of ['SPY', 'QQQ']) exchange.change(symbol);
    await clock.advance(5_000);
    expect(wishes.map((wish) => wish.versions.at(-1))).toEqual([2, 2, 2]);
    expect(wishes.every((wish) => wish.current() !== undefined)).toBe(true);
    expect(exchange.lines.size).toBe(1);
    expect([one, other].map(({ counts }) => (counts['gaps'] ?? 0) > 0)).toEqual([true, true]);
  });

  it('that hands over closes first: another has the socket within a second, and it follows', async () => {
    const [owner, one, other] = await startThree();
    const wishes = [owner, one, other].map((each) => each.want('SPY'));
    await clock.advance(1000);
    let most = 0;
    const watch = clock.every(1, () => {
      most = Math.max(most, exchange.lines.size);
    });
    const over = owner.relay.handOver();
    await clock.advance(50);
    await over;
    exchange.change('SPY');
    await clock.advance(400);
    watch.cancel();
    expect(wishes.map((wish) => wish.versions.at(-1))).toEqual([2, 2, 2]);
    expect(wishes.every((wish) => wish.current() !== undefined)).toBe(true);
    expect([most, owner.duty.isHeld()]).toEqual([1, false]);
  });

  it('that is closed leaves its place as well', async () => {
    const [owner, one] = await startThree();
    const wish = one.want('SPY');
    await clock.advance(1000);
    void owner.close();
    exchange.change('SPY');
    await clock.advance(500);
    expect([wish.versions.at(-1), exchange.lines.size]).toEqual([2, 1]);
  });

  it('stays while others want something, though nobody does here', async () => {
    const [owner, one] = [start(), start()];
    const own = owner.want('SPY');
    await clock.advance(200);
    const theirs = one.want('QQQ');
    await clock.advance(200);
    own.release();
    await clock.advance(1_200_000);
    exchange.change('QQQ');
    await clock.advance(200);
    expect([owner.duty.isHeld(), theirs.versions.at(-1), exchange.opened]).toEqual([true, 2, 1]);
  });

  it('gives the socket up when nobody has wanted anything for a while', async () => {
    const [owner, one] = [start(), start()];
    const wishes = [owner.want('SPY'), one.want('SPY')];
    await clock.advance(500);
    for (const wish of wishes) wish.release();
    await clock.advance(60_000 + 290_000);
    expect(exchange.lines.size).toBe(1);
    await clock.advance(320_000);
    expect([exchange.lines.size, owner.duty.isHeld(), one.duty.isHeld()]).toEqual([0, false, false]);
  });

  it.each(['arrivals', 'timers'] as const)(
    'that was frozen tells nobody anything any more, %s first, and follows',
    async (first) => {
      const [owner, one] = await startThree();
      const [own, theirs] = [owner.want('SPY'), one.want('SPY')];
      await clock.advance(1000);
      owner.replica.freeze();
      for (let second = 0; second < 8; second += 1) {
        exchange.change('SPY');
        await clock.advance(1000);
      }
      const toldBefore = own.versions.length;
      owner.replica.thaw(first);
      expect(own.current()).toBeUndefined();
      expect(own.versions).toHaveLength(toldBefore);
      await clock.advance(100);
      expect([exchange.lines.size, owner.duty.isHeld()]).toEqual([1, false]);
      await clock.advance(1000);
      expect([own.versions.slice(toldBefore), own.versions.at(-1), theirs.versions.at(-1)]).toEqual([[9], 9, 9]);
    },
  );

  it('that was frozen in the middle of a read answers it with what is told afterwards', async () => {
    const [owner] = await startThree();
    const reading = owner.read(['SPY', 'NONE'], { timeoutMs: 20_000 });
    await clock.advance(100);
    owner.replica.freeze();
    exchange.change('SPY');
    await clock.advance(8000);
    owner.replica.thaw('timers');
    await clock.advance(2000);
    exchange.change('NONE');
    await clock.advance(500);
    expect(await reading).toMatchObject([
      { kind: 'value', event: { bid: '2' } },
      { kind: 'value', event: { bid: '1' } },
    ]);
  });
});

describe('while what replicas share is away', () => {
  it('every replica that wants something serves itself after a second, and one socket is left within two of its return', async () => {
    const three = await startThree();
    const wishes = three.map((one) => one.want('SPY'));
    await clock.advance(1000);
    for (const { replica } of three) replica.setAway(true);
    await clock.advance(1500);
    exchange.change('SPY');
    await clock.advance(200);
    expect(wishes.map((wish) => wish.versions.at(-1))).toEqual([2, 2, 2]);
    expect(exchange.lines.size).toBe(3);
    await clock.advance(28_000);
    for (const { replica } of three) replica.setAway(false);
    await clock.advance(2000);
    expect(exchange.lines.size).toBe(1);
    exchange.change('SPY');
    await clock.advance(500);
    expect(wishes.map((wish) => wish.versions.at(-1))).toEqual([3, 3, 3]);
    expect(wishes.every((wish) => wish.current() !== undefined)).toBe(true);
  });

  it('the owner’s readers notice nothing', async () => {
    const [owner] = await startThree();
    const wish = owner.want('SPY');
    owner.replica.setAway(true);
    for (let second = 0; second < 20; second += 1) {
      await clock.advance(1000);
      expect(wish.current()).toBeDefined();
    }
    expect(exchange.opened).toBe(2);
  });
});

describe('tenants', () => {
  it('never meet, though their messages come over one store', async () => {
    const other = new FakeExchange(clock);
    const mine = start();
    const wish = mine.want('SPY');
    await clock.advance(500);
    await mine.replica.fleet.channels.publish({ kind: 'feed-wants', owner: 'tenant' }, 'no message at all');
    await mine.replica.fleet.channels.publish(
      { kind: 'feed-wants', owner: 'tenant' },
      JSON.stringify({ v: 1, tenant: 'another', from: 'x', epoch: 9e15, at: 1, reset: true }),
    );
    await clock.advance(1000);
    expect([mine.duty.isHeld(), wish.current() !== undefined, other.opened]).toEqual([true, true, 0]);
  });
});
