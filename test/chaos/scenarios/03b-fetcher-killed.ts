import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { OPEN_GATE, SYMBOLS, fetchesOf, forgetChains, isChainOf, openChainReaders } from '../chain-readers.ts';
import { pick } from '../crew.ts';
import { judge, percentile } from '../judge.ts';
import type { Scenario } from '../scenario.ts';

/** Far longer than it takes until the fetcher is dead. */
const BROKER_MS = 20_000;
const HALF_WAY_MS = 5000;
/** The turn of a dead fetcher passes on after 1.5 s; then the broker is asked, and hundreds are answered. */
const FIRST_MS = 2500;
const LAST_MS = 6000;

export const fetcherKilled: Scenario = Object.freeze({
  number: '3b',
  title: 'kill -9 of the replica that fetches a chain for 300 calls at each of three replicas, half-way',
  expected:
    'the broker is asked twice at the most, and every call at the other replicas is answered, the first within 2.5 s',
  fleet: OPEN_GATE,
  async run(fleet, { short, say, withinMs }) {
    const readers = short ? 60 : 300;
    const rounds = short ? 1 : 3;
    const chains = await openChainReaders(fleet, 'fetcher-killed', readers);
    await forgetChains(fleet);
    const fetches: number[] = [];
    const firstMs: number[] = [];
    const lastMs: number[] = [];
    let wrong = 0;
    let served = 0;
    let waiting = 0;
    for (const [round, symbol] of SYMBOLS.slice(0, rounds).entries()) {
      const victim = round % fleet.replicas.length;
      const before = await fetchesOf(fleet);
      await fleet.desk.addFault({ route: '/option-chains', times: 1, fault: { kind: 'latency', ms: BROKER_MS } });
      const lost = chains.read(victim, symbol, readers).map((call) => call.catch(() => {}));
      await eventually(async () => (await fetchesOf(fleet)) > before, 10_000);
      const others = fleet.replicas.flatMap((_, at) => (at === victim ? [] : chains.read(at, symbol, readers)));
      await sleep(HALF_WAY_MS);
      await pick(fleet.replicas, victim).kill();
      const dead = performance.now();
      const replies = await Promise.all(others);
      await Promise.all(lost);
      const ends = replies.map(({ answeredAt }) => answeredAt);
      waiting += replies.filter(({ askedAt }) => askedAt < dead).length;
      served += replies.length;
      wrong += replies.filter((reply) => !isChainOf(symbol)(reply)).length;
      fetches.push((await fetchesOf(fleet)) - before);
      firstMs.push(Math.min(...ends) - dead);
      lastMs.push(Math.max(...ends) - dead);
      say(`${symbol}: ${fetches.at(-1)} fetches, first answer ${Math.round(firstMs.at(-1) ?? 0)} ms after the death`);
      await pick(fleet.replicas, victim).restart();
    }
    return judge(
      [
        { what: 'fetches at the most', value: Math.max(...fetches), most: 2 },
        { what: `of ${served} calls at the other replicas without the chain`, value: wrong, most: 0 },
        { what: 'ms from the death to the first answer', value: Math.max(...firstMs), most: withinMs(FIRST_MS) },
        { what: 'to the last', value: Math.max(...lastMs), most: withinMs(LAST_MS) },
        { what: 'answered before the death', value: firstMs.filter((ms) => ms < 0).length, most: 0 },
      ],
      {
        callsAtEach: readers,
        rounds,
        fetches,
        firstMs,
        lastMs,
        lastP50Ms: percentile(lastMs, 0.5),
        halfWayMs: HALF_WAY_MS,
      },
    );
  },
} satisfies Scenario);
