import { beforeEach, describe, expect, it } from 'vitest';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createPulse } from '../../../src/fleet/pulse.ts';
import { type Standing, type TenantDuty, createTenantDuty } from '../../../src/relay/tenant-duty.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import { createFleetWorld } from '../../support/relay/fleet-world.ts';
import type { FleetWorld, WorldReplica } from '../../support/relay/fleet-world.ts';

let clock: ManualClock;
let world: FleetWorld;
/** What was open at the same time, of both kinds of sockets. */
let open: Set<string>;
let mostOpen: number;

beforeEach(() => {
  clock = createManualClock();
  world = createFleetWorld(clock);
  open = new Set();
  mostOpen = 0;
});

type Member = { readonly told: string[]; readonly seat: ReturnType<TenantDuty['join']> };

function createReplica(owner = 'tenant') {
  const replica = world.replica();
  const duty = createTenantDuty({
    fleet: replica.fleet,
    owner,
    pulse: createPulse(replica.clock),
    clock: replica.clock,
    ids: systemIds,
    log: silentLog,
    observer: { held() {}, alone() {}, handedOver() {} },
  });
  /** A member whose socket needs a while to close. */
  const member = (kind: string, closesInMs = 50): Member => {
    const told: string[] = [];
    const key = `${replica.fleet.replica} ${kind}`;
    const seat = duty.join({
      async stand({ kind: standing }: Standing) {
        told.push(standing);
        if (standing === 'none') {
          if (open.has(key)) await clock.sleep(closesInMs);
          open.delete(key);
          return;
        }
        open.add(key);
        mostOpen = Math.max(mostOpen, [...open].filter((one) => one.endsWith(kind)).length);
      },
    });
    return { told, seat };
  };
  return { replica, duty, member };
}

async function holderAmong(duties: readonly { duty: TenantDuty; replica: WorldReplica }[]) {
  await clock.advance(10);
  const holders = duties.filter(({ duty }) => duty.isHeld());
  expect(holders).toHaveLength(1);
  const [holder] = holders;
  if (holder === undefined) throw new Error('Nobody holds it');
  return holder;
}

describe('the duty of a tenant', () => {
  it('is nobody’s while nobody wants it', async () => {
    const { duty, member } = createReplica();
    const { told } = member('feed');
    await clock.advance(10_000);
    expect([duty.standing.kind, told]).toEqual(['none', ['none']]);
  });

  it('has one holder for both kinds of sockets', async () => {
    const replicas = [createReplica(), createReplica(), createReplica()];
    for (const { member } of replicas) {
      member('feed').seat.claim();
      member('events').seat.claim();
    }
    const { replica } = await holderAmong(replicas);
    await clock.advance(10_000);
    expect([...open]).toEqual([`${replica.fleet.replica} feed`, `${replica.fleet.replica} events`]);
  });

  it('keeps tenants apart', async () => {
    const [one, other] = [createReplica('tenant a'), createReplica('tenant b')];
    one.member('feed').seat.claim();
    other.member('feed').seat.claim();
    await clock.advance(10);
    expect([one.duty.isHeld(), other.duty.isHeld()]).toEqual([true, true]);
  });

  it('changes hands at once on a hand-over, after what was open is closed', async () => {
    const replicas = [createReplica(), createReplica()];
    for (const { member } of replicas) member('feed').seat.claim();
    const first = await holderAmong(replicas);
    await clock.advance(2500);
    const over = first.duty.handOver();
    expect(first.duty.isHeld()).toBe(false);
    await clock.advance(100);
    await over;
    const second = await holderAmong(replicas);
    expect(second).not.toBe(first);
    await clock.advance(10_000);
    expect(first.duty.isHeld()).toBe(false);
    expect(mostOpen).toBe(1);
  });

  it('comes back after a hand-over that nobody took', async () => {
    const { duty, member } = createReplica();
    member('feed').seat.claim();
    await clock.advance(10);
    const over = duty.handOver();
    await clock.advance(100);
    await over;
    expect(duty.isHeld()).toBe(false);
    await clock.advance(1100);
    expect(duty.isHeld()).toBe(true);
  });

  it('passes on when its holder has left, and when it no longer wants it', async () => {
    const [one, other] = [createReplica(), createReplica()];
    const first = one.member('feed');
    first.seat.claim();
    await clock.advance(10);
    const second = other.member('feed');
    second.seat.claim();
    await clock.advance(3000);
    void first.seat.leave();
    await clock.advance(100);
    expect(other.duty.isHeld()).toBe(true);
    second.seat.waive();
    await clock.advance(100);
    expect([other.duty.isHeld(), open.size, mostOpen]).toEqual([false, 0, 1]);
  });

  it('stays while one of its members still wants it', async () => {
    const { duty, member } = createReplica();
    const [feed, events] = [member('feed'), member('events')];
    feed.seat.claim();
    events.seat.claim();
    await clock.advance(10);
    void feed.seat.leave();
    await clock.advance(2000);
    expect(duty.isHeld()).toBe(true);
    void events.seat.leave();
    await clock.advance(100);
    expect([duty.isHeld(), open.size]).toEqual([false, 0]);
  });

  it('passes on within five seconds of a kill', async () => {
    const replicas = [createReplica(), createReplica(), createReplica()];
    for (const { member } of replicas) member('feed').seat.claim();
    const first = await holderAmong(replicas);
    await clock.advance(2500);
    first.replica.kill();
    await clock.advance(4000);
    await holderAmong(replicas.filter((one) => one !== first));
  });

  it.each(['arrivals', 'timers'] as const)(
    'is not a process’s that was frozen: it says nothing more when it goes on, %s first',
    async (first) => {
      const replicas = [createReplica(), createReplica()];
      const members = replicas.map(({ member }) => member('feed'));
      for (const { seat } of members) seat.claim();
      const frozen = await holderAmong(replicas);
      await clock.advance(2500);
      frozen.replica.freeze();
      await clock.advance(8000);
      expect([frozen.duty.isHeld(), frozen.duty.maySpeak()]).toEqual([false, false]);
      frozen.replica.thaw(first);
      expect([frozen.duty.isHeld(), frozen.duty.maySpeak(), frozen.duty.standing.kind]).toEqual([false, false, 'none']);
      await clock.advance(100);
      await holderAmong(replicas.filter((one) => one !== frozen));
    },
  );

  it('gives way to a higher epoch that somebody has seen', async () => {
    const { duty, member } = createReplica();
    member('feed').seat.claim();
    await clock.advance(10);
    const epoch = duty.standing.kind === 'held' ? duty.standing.epoch : 0;
    duty.overtaken(epoch);
    expect(duty.isHeld()).toBe(true);
    duty.overtaken(epoch + 1);
    expect(duty.isHeld()).toBe(false);
  });
});

describe('while what replicas share is away', () => {
  it('its holder keeps its socket and the others open their own after a second, until it is back', async () => {
    const replicas = [createReplica(), createReplica(), createReplica()];
    const members = replicas.map(({ member }) => member('feed'));
    for (const { seat } of members) seat.claim();
    const holder = await holderAmong(replicas);
    await clock.advance(2000);
    for (const { replica } of replicas) replica.setAway(true);
    await clock.advance(800);
    expect(open.size).toBe(1);
    await clock.advance(600);
    expect(open.size).toBe(3);
    await clock.advance(30_000);
    expect(replicas.map(({ duty }) => [duty.isHeld(), duty.maySpeak()])).toEqual([
      [false, true],
      [false, true],
      [false, true],
    ]);
    expect(members[replicas.indexOf(holder as never)]?.told.filter((kind) => kind === 'none')).toHaveLength(1);
    for (const { replica } of replicas) replica.setAway(false);
    await clock.advance(1500);
    expect(open.size).toBe(1);
    await holderAmong(replicas);
  });

  it('nothing is opened for a short absence, nor by whoever wants nothing', async () => {
    const [one, other, idle] = [createReplica(), createReplica(), createReplica()];
    one.member('feed').seat.claim();
    other.member('feed').seat.claim();
    const { told } = idle.member('feed');
    await clock.advance(2000);
    for (const { replica } of [one, other, idle]) replica.setAway(true);
    await clock.advance(700);
    for (const { replica } of [one, other]) replica.setAway(false);
    await clock.advance(20_000);
    expect([mostOpen, told]).toEqual([1, ['none']]);
  });

  it('a process that was frozen drops what it has open', async () => {
    const { replica, duty, member } = createReplica();
    const { told, seat } = member('feed');
    seat.claim();
    await clock.advance(10);
    replica.setAway(true);
    await clock.advance(5000);
    replica.freeze();
    await clock.advance(4000);
    expect(duty.maySpeak()).toBe(false);
    replica.thaw('arrivals');
    await clock.advance(10);
    expect(told).toEqual(['none', 'held', 'alone', 'none']);
    await clock.advance(2000);
    expect(told.at(-1)).toBe('alone');
  });

  it('a holder that is cut off alone goes on for its own readers only, while another holds the duty', async () => {
    const [one, other] = [createReplica(), createReplica()];
    one.member('feed').seat.claim();
    await clock.advance(10);
    other.member('feed').seat.claim();
    await clock.advance(2000);
    one.replica.setAway(true);
    await clock.advance(5000);
    expect([one.duty.isHeld(), one.duty.maySpeak(), other.duty.isHeld()]).toEqual([false, true, true]);
    one.replica.setAway(false);
    await clock.advance(1000);
    expect([one.duty.standing.kind, other.duty.isHeld(), open.size]).toEqual(['none', true, 1]);
  });
});
