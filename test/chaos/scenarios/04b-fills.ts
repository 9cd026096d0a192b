import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import type { Fleet, FleetReplica } from '../../support/processes/fleet.ts';
import { createCrew, pick } from '../crew.ts';
import { type JournalReader, openTrader, readJournal, type Trader } from '../fills.ts';
import { judge } from '../judge.ts';
import { keepWatching } from '../keep-watching.ts';
import type { Scenario } from '../scenario.ts';

const PATIENCE_MS = 30_000;
const CALM_MS = 1500;
/** Longer than a lease is held: another replica has taken over when it goes on. */
const FROZEN_MS = 5000;
const AT_ONCE = 4;
/** As many orders as there are at one time at the most; about thirty a second. */
const PACE_MS = 130;

export const fills: Scenario = Object.freeze({
  number: '4b',
  title: 'Orders fill at the broker while the replica that hears of it is killed and frozen, again and again',
  expected: '2,000 injected fills: 0 lost, 0 told twice, in order',
  async run(fleet, { short, say }) {
    const least = short ? 120 : 2000;
    const changes = short ? 2 : 6;
    const sailor = pick(await createCrew(fleet, 'fills', 1), 0);
    const uris = ['orders', 'positions', 'balances'].map((part) => `account://${sailor.account}/${part}`);
    const watching = fleet.replicas.map((replica) => keepWatching(replica, sailor.token, uris));
    const reader = await readJournal(fleet, sailor);
    const trader = openTrader(fleet, sailor);
    try {
      await eventually(() => reader.gaps() > 0, PATIENCE_MS);
      const load = trade(trader, least);
      const takeoverMs: number[] = [];
      for (let at = 0; at < changes; at += 1) {
        takeoverMs.push(await changeHands(fleet, at % 2 === 0 ? 'kill' : 'freeze'));
        say(`hands changed ${at + 1} times, ${reader.fills.length} fills told`);
      }
      const placed = await load.end();
      await eventually(async () => (await trader.filled()).length === placed, PATIENCE_MS);
      const happened = await trader.filled();
      // What is missing after so long is lost.
      await eventually(() => reader.fills.length >= happened.length, PATIENCE_MS).catch(() => {});
      return verdictOf(reader, happened, {
        least,
        changes,
        takeoverMs,
        updates: watching.map(({ updates }) => updates()),
      });
    } finally {
      await Promise.all([...watching.map((each) => each.stop()), trader.close(), reader.close()]);
    }
  },
} satisfies Scenario);

/** Goes on placing orders until it is told to end, and there are as many as there should be at least. */
function trade(trader: Trader, least: number): { end(): Promise<number> } {
  const ending = new AbortController();
  let placed = 0;
  const traders = Array.from({ length: AT_ONCE }, async () => {
    while (!ending.signal.aborted || placed < least) {
      placed += 1;
      await Promise.all([trader.trade(), sleep(PACE_MS)]);
    }
  });
  return {
    async end() {
      ending.abort();
      await Promise.all(traders);
      return placed;
    },
  };
}

/** Takes the replica away that has the stream; how long it took until another one had it. */
async function changeHands(fleet: Fleet, how: 'kill' | 'freeze'): Promise<number> {
  const victim = await streamer(fleet.replicas);
  const others = fleet.replicas.filter((replica) => replica !== victim);
  const startedAt = performance.now();
  const thawing = how === 'freeze' ? victim.freeze(FROZEN_MS) : victim.kill();
  await streamer(others);
  const tookMs = Math.round(performance.now() - startedAt);
  await thawing;
  if (how === 'kill') await victim.restart();
  await sleep(CALM_MS);
  return tookMs;
}

/** The one of these that hears the broker now. */
async function streamer(replicas: readonly FleetReplica[]): Promise<FleetReplica> {
  let found: FleetReplica | undefined;
  await eventually(async () => {
    const open = await Promise.all(replicas.map(async (replica) => ({ replica, sockets: await socketsOf(replica) })));
    found = open.find(({ sockets }) => sockets > 0)?.replica;
    return found !== undefined;
  }, PATIENCE_MS);
  if (found === undefined) throw new Error('No replica hears the broker');
  return found;
}

async function socketsOf(replica: FleetReplica): Promise<number> {
  const response = await fetch(`${replica.url()}/metrics`, { signal: AbortSignal.timeout(2000) }).catch(
    () => undefined,
  );
  const text = (await response?.text()) ?? '';
  return Number(/^gateway_account_streamer_sockets (?<count>\d+)$/mu.exec(text)?.groups?.['count'] ?? 0);
}

type Conditions = {
  readonly least: number;
  readonly changes: number;
  readonly takeoverMs: readonly number[];
  readonly updates: readonly number[];
};

function verdictOf(reader: JournalReader, happened: readonly string[], conditions: Conditions) {
  const told = new Set(reader.fills);
  const placeOf = new Map(happened.map((name, place) => [name, place]));
  const places = reader.fills.map((name) => placeOf.get(name) ?? -1);
  return judge(
    [
      { what: 'fills injected', value: happened.length, least: conditions.least },
      { what: 'lost', value: happened.filter((name) => !told.has(name)).length, most: 0 },
      { what: 'told twice', value: reader.fills.length - told.size, most: 0 },
      { what: 'out of order', value: places.filter((place, at) => place < (places[at - 1] ?? -1)).length, most: 0 },
      { what: 'told that never were', value: places.filter((place) => place < 0).length, most: 0 },
      { what: 'changes of hands', value: conditions.takeoverMs.length, least: conditions.changes },
      { what: 'entries gone before they were read', value: reader.cuts(), most: 0 },
    ],
    { ...conditions, gapsTold: reader.gaps() },
  );
}
