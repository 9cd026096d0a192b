import { beforeEach, describe, expect, it } from 'vitest';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { LeaseKeeper } from '../../../src/fleet/lease-keeper.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import { createFleetWorld } from '../../support/relay/fleet-world.ts';
import type { FleetWorld, WorldReplica } from '../../support/relay/fleet-world.ts';

const NAME = { kind: 'feed', owner: 'tenant' };

type Kept = { readonly keeper: LeaseKeeper; readonly replica: WorldReplica; readonly news: string[] };

let clock: ManualClock;
let world: FleetWorld;

beforeEach(() => {
  clock = createManualClock();
  world = createFleetWorld(clock);
});

function keep(): Kept {
  const replica = world.replica();
  const news: string[] = [];
  const keeper = new LeaseKeeper({
    leases: replica.fleet.leases,
    name: NAME,
    holder: replica.fleet.replica,
    clock: replica.clock,
    ids: systemIds,
    log: silentLog,
    onNews: ({ kind }) => void news.push(kind),
  });
  return { keeper, replica, news };
}

const closeNothing = async (): Promise<void> => {};

describe('a kept lease', () => {
  it('is had at once when it is free, and renewed for as long as it is wanted', async () => {
    const { keeper, news } = keep();
    keeper.seek();
    await clock.advance(0);
    const epoch = keeper.held();
    expect(epoch).toBeGreaterThan(0);
    for (let round = 0; round < 100; round += 1) {
      await clock.advance(137);
      expect(keeper.held()).toBe(epoch);
    }
    expect(news).toEqual(['gained']);
  });

  it('is one keeper’s at a time, and another’s within four seconds of its holder’s end', async () => {
    const kept = [keep(), keep(), keep()];
    for (const { keeper } of kept) keeper.seek();
    await clock.advance(1000);
    const holder = kept.find(({ keeper }) => keeper.held() !== undefined);
    const first = holder?.keeper.held() ?? 0;
    holder?.replica.kill();
    await clock.advance(4000);
    const others = kept.filter((one) => one !== holder && one.keeper.held() !== undefined);
    expect(others).toHaveLength(1);
    expect(others[0]?.keeper.held()).toBeGreaterThan(first);
  });

  it('is another’s at once when it is let go and the other is told to hurry', async () => {
    const [one, other] = [keep(), keep()];
    one.keeper.seek();
    await clock.advance(10);
    other.keeper.seek();
    await clock.advance(10);
    const order: string[] = [];
    await one.keeper.letGo(async () => {
      order.push(`closing, held: ${one.keeper.held() !== undefined}`);
      expect(await world.leases.acquire(NAME, 'third')).toBeUndefined();
    });
    expect(order).toEqual(['closing, held: false']);
    other.keeper.hurry();
    await clock.advance(0);
    expect(other.news.at(-1)).toBe('gained');
    await clock.advance(10_000);
    expect(one.news).toEqual(['gained']);
  });

  it('is not had by a process that was frozen, and sought anew under another epoch', async () => {
    const { keeper, replica, news } = keep();
    keeper.seek();
    await clock.advance(0);
    const first = keeper.held() ?? 0;
    replica.freeze();
    await clock.advance(8000);
    expect(keeper.held()).toBeUndefined();
    expect(keeper.isStoreAway()).toBe(false);
    replica.thaw('timers');
    await clock.advance(0);
    expect(news).toEqual(['gained', 'lost', 'gained']);
    expect(keeper.held()).toBeGreaterThan(first);
  });

  it('lapses while its store is away, and says so', async () => {
    const { keeper, replica, news } = keep();
    keeper.seek();
    await clock.advance(0);
    replica.setAway(true);
    await clock.advance(3000);
    expect(keeper.held()).toBeUndefined();
    expect(keeper.isStoreAway()).toBe(true);
    expect(news.filter((kind) => kind !== 'away')).toEqual(['gained', 'lost']);
    replica.setAway(false);
    await clock.advance(1500);
    expect(news.at(-1)).toBe('gained');
    expect(keeper.isStoreAway()).toBe(false);
  });

  it('survives a store that is away for a moment', async () => {
    const { keeper, replica, news } = keep();
    keeper.seek();
    await clock.advance(0);
    const epoch = keeper.held();
    replica.setAway(true);
    await clock.advance(1500);
    replica.setAway(false);
    await clock.advance(5000);
    expect(keeper.held()).toBe(epoch);
    expect(new Set(news)).toEqual(new Set(['gained', 'away']));
  });

  it('is lost at once to a store that has given it to another', async () => {
    const { keeper, news } = keep();
    keeper.seek();
    await clock.advance(0);
    const epoch = keeper.held() ?? 0;
    await world.leases.release(NAME, 'replica-1.0', epoch);
    await world.leases.acquire(NAME, 'usurper');
    await clock.advance(1000);
    expect(news.slice(0, 2)).toEqual(['gained', 'lost']);
    expect(keeper.held()).toBeUndefined();
  });

  it('is given back when its grant comes after it was let go', async () => {
    const { keeper, replica } = keep();
    replica.freeze();
    keeper.seek();
    await clock.advance(0);
    const gone = keeper.letGo(closeNothing);
    replica.thaw('arrivals');
    await gone;
    await clock.advance(0);
    expect(keeper.held()).toBeUndefined();
    expect(await world.leases.acquire(NAME, 'next')).toBeDefined();
  });

  it('is not asked for while its holder has just been heard', async () => {
    const [one, other] = [keep(), keep()];
    one.keeper.seek();
    await clock.advance(0);
    other.keeper.seek();
    for (let round = 0; round < 50; round += 1) {
      other.keeper.postpone(1200);
      await clock.advance(500);
    }
    expect(other.news).toEqual(['refused']);
    one.replica.kill();
    await clock.advance(5000);
    expect(other.news.at(-1)).toBe('gained');
  });
});
