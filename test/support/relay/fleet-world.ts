import type { Clock, Timer } from '../../../src/core/clock.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import type { ChannelListener, ChannelName, Channels } from '../../../src/fleet/channels.ts';
import type { Fleet } from '../../../src/fleet/fleet.ts';
import { JournalFollower } from '../../../src/fleet/follow-journal.ts';
import { JOURNAL_START, type Journal } from '../../../src/fleet/journal.ts';
import type { Leases } from '../../../src/fleet/leases.ts';
import { createMemoryChannels } from '../../../src/fleet/memory-channels.ts';
import { createMemoryJournal } from '../../../src/fleet/memory-journal.ts';
import { createMemoryLeases } from '../../../src/fleet/memory-leases.ts';
import { createMemoryRecords } from '../../../src/fleet/memory-records.ts';
import { createMemoryShelves } from '../../../src/fleet/memory-shelves.ts';

/** One replica of a world in one process: its own timers, and its own line to what is shared. */
export type WorldReplica = {
  readonly clock: Clock;
  readonly fleet: Fleet;
  /** Runs something that comes from outside: at once, or when the replica goes on. */
  outside(task: () => void): void;
  readonly isFrozen: boolean;
  readonly isDead: boolean;
  /** As SIGSTOP: timers and whatever arrives stand still. */
  freeze(): void;
  /** As SIGCONT: everything comes at once, what has arrived first or the timers first. */
  thaw(first: 'arrivals' | 'timers'): void;
  /** As SIGKILL. */
  kill(): void;
  /** Cuts it off from what is shared, or joins it again. */
  setAway(isAway: boolean): void;
};

export type FleetWorld = {
  readonly leases: Leases;
  readonly journal: Journal;
  readonly clock: Clock;
  replica(): WorldReplica;
  /** Whether the next message to one listener is lost; never unless told. */
  loses: () => boolean;
  /** Sees every message as it leaves, and may put another in its place. */
  onPublish: (name: ChannelName, text: string) => string;
  /** Sees every message as it is handed to a listener, by `hand`. */
  onDeliver: (name: ChannelName, text: string, hand: () => void) => void;
};

const TRANSIT_MS = 1;

const unavailable = () => new GatewayError('coordination_unavailable', 'Away.');

/** What replicas share. */
export type Shared = { readonly leases: Leases; readonly channels: Channels };

const inMemory = (clock: Clock): Shared => ({ leases: createMemoryLeases(clock), channels: createMemoryChannels() });

/** Several replicas in one process; each may have its own way to what they share. */
export function createFleetWorld(clock: Clock, ways: readonly Shared[] = [inMemory(clock)]): FleetWorld {
  const [first] = ways;
  if (first === undefined) throw new Error('Replicas share something');
  const { leases } = first;
  const records = createMemoryRecords(clock);
  const journal = createMemoryJournal(clock);
  let count = 0;
  const world: FleetWorld = {
    leases,
    journal,
    clock,
    loses: () => false,
    onPublish: (_name, text) => text,
    onDeliver: (_name, _text, hand) => hand(),
    replica() {
      const { leases, channels } = ways[count % ways.length] ?? first;
      count += 1;
      return createReplica({ name: `replica-${count}`, world, leases, channels, records });
    },
  };
  return world;
}

type ReplicaParts = {
  readonly name: string;
  readonly world: FleetWorld;
  readonly leases: Leases;
  readonly channels: Channels;
  readonly records: Fleet['records'];
};

function createReplica({ name, world, leases, channels, records }: ReplicaParts): WorldReplica {
  let state: 'running' | 'frozen' | 'dead' = 'running';
  let isAway = false;
  const arrived: (() => void)[] = [];
  const due: (() => void)[] = [];
  const presence = new Set<(isAway: boolean) => void>();

  const held = (queue: (() => void)[], task: () => void): void => {
    if (state === 'running') task();
    else if (state === 'frozen') queue.push(task);
  };
  const outside = (task: () => void): void => held(arrived, task);
  const awake = (): Promise<void> => new Promise((resolve) => outside(resolve));
  const reach = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (isAway) throw unavailable();
    const value = await work();
    await awake();
    return value;
  };
  /** What was done before the line broke is not known here. */
  const answered = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    const value = await reach(work);
    if (isAway) throw unavailable();
    return value;
  };
  const listenerHere = (channel: ChannelName, listener: ChannelListener): ChannelListener => ({
    message(text) {
      if (isAway || world.loses()) return;
      const hand = (): void => world.onDeliver(channel, text, () => listener.message(text));
      world.clock.after(TRANSIT_MS, () => outside(hand));
    },
  });

  const { journal } = world;
  const ownClock = createReplicaClock(world.clock, (task) => held(due, task));
  const wakers = new Set<() => void>();
  /** Wakes after an append, and when the line is there again. */
  const wakeBy = (name: Parameters<Journal['tail']>[0], nudge: () => void) => {
    const wake = (): void => void world.clock.after(TRANSIT_MS, () => outside(() => void (isAway || nudge())));
    const following = journal.follow(name, undefined, { entry: wake, cut: wake });
    wakers.add(wake);
    return () => {
      following.stop();
      wakers.delete(wake);
    };
  };
  const fleet: Fleet = {
    replica: name,
    leases: {
      acquire: (lease, holder) => answered(() => leases.acquire(lease, holder)),
      renew: (lease, holder, epoch) => answered(() => leases.renew(lease, holder, epoch)),
      release: (lease, holder, epoch) => reach(() => leases.release(lease, holder, epoch)),
      epoch: (lease) => reach(() => leases.epoch(lease)),
    },
    channels: {
      publish: (channel, text) => reach(() => channels.publish(channel, world.onPublish(channel, text))),
      async subscribe(channel, listener) {
        const leave = await reach(() => channels.subscribe(channel, listenerHere(channel, listener)));
        if (!isAway) return leave;
        leave();
        throw unavailable();
      },
    },
    records,
    shelves: createMemoryShelves(world.clock),
    journal: {
      append: (name, epoch, entries) => reach(() => journal.append(name, epoch, entries)),
      tail: (name, limit) => reach(() => journal.tail(name, limit)),
      after: (name, id, limit) => reach(() => journal.after(name, id, limit)),
      follow: (name, afterId, listener) =>
        new JournalFollower(
          {
            last: async () => (await reach(() => journal.tail(name, 1)))[0]?.id ?? JOURNAL_START,
            after: (id, limit) => reach(() => journal.after(name, id, limit)),
            subscribe: (nudge) => reach(async () => wakeBy(name, nudge)),
          },
          { afterId, listener, clock: ownClock },
        ),
    },
    get isAway() {
      return isAway;
    },
    onPresence(listener) {
      presence.add(listener);
      return () => void presence.delete(listener);
    },
    close() {},
  };
  const drain = (queue: (() => void)[]): void => {
    for (const task of queue.splice(0)) task();
  };
  return {
    clock: ownClock,
    fleet,
    outside,
    get isFrozen() {
      return state === 'frozen';
    },
    get isDead() {
      return state === 'dead';
    },
    freeze() {
      if (state === 'running') state = 'frozen';
    },
    thaw(first) {
      if (state !== 'frozen') return;
      state = 'running';
      for (const queue of first === 'arrivals' ? [arrived, due] : [due, arrived]) drain(queue);
    },
    kill() {
      state = 'dead';
      arrived.length = 0;
      due.length = 0;
    },
    setAway(away) {
      if (away === isAway) return;
      isAway = away;
      outside(() => {
        for (const listener of presence) listener(away);
        if (!away) for (const wake of wakers) wake();
      });
    },
  };
}

/** Timers that come due while the replica stands still run when it goes on, a repeated one once. */
function createReplicaClock(clock: Clock, run: (task: () => void) => void): Clock {
  const guarded = (schedule: (task: () => void) => Timer, task: () => void): Timer => {
    let isOver = false;
    let isWaiting = false;
    const timer = schedule(() => {
      if (isWaiting) return;
      isWaiting = true;
      run(() => {
        isWaiting = false;
        if (!isOver) task();
      });
    });
    return {
      cancel() {
        isOver = true;
        timer.cancel();
      },
    };
  };
  const after = (ms: number, task: () => void): Timer => guarded((wrapped) => clock.after(ms, wrapped), task);
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    after,
    every: (ms, task) => guarded((wrapped) => clock.every(ms, wrapped), task),
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        const timer = after(ms, resolve);
        signal?.addEventListener('abort', () => {
          timer.cancel();
          reject(signal.reason as Error);
        });
      });
    },
  };
}
