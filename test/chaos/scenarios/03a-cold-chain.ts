import { setTimeout as sleep } from 'node:timers/promises';
import {
  OPEN_GATE,
  SYMBOLS,
  fetchesOf,
  forgetChains,
  isChainOf,
  loadReasons,
  openChainReaders,
} from '../chain-readers.ts';
import { judge, percentile, tally } from '../judge.ts';
import type { Scenario } from '../scenario.ts';
import { watchCommands } from '../../support/processes/watch-commands.ts';

/** Long enough for all of them to have asked before there is an answer. */
const BROKER_MS = 6000;
const SETTLED_MS = 1000;
/** A few may be told to come again just then. */
const MOST = 0.9;

export const coldChain: Scenario = Object.freeze({
  number: '3a',
  title: 'Each of three replicas has 300 calls at once for a chain that none of them has, then for one that all have',
  expected: 'the broker is asked once for all of them; a warm chain costs Redis nothing',
  fleet: OPEN_GATE,
  async run(fleet, { short, say }) {
    const readers = short ? 60 : 300;
    const rounds = short ? 1 : 3;
    const chains = await openChainReaders(fleet, 'cold-chain', readers);
    await forgetChains(fleet);
    await fleet.desk.addFault({ route: '/option-chains', fault: { kind: 'latency', ms: BROKER_MS } });
    const fetches: number[] = [];
    const waiting: number[] = [];
    let wrong = 0;
    for (const symbol of SYMBOLS.slice(0, rounds)) {
      const before = await fetchesOf(fleet);
      const asked = fleet.replicas.flatMap((_, at) => chains.read(at, symbol, readers));
      const replies = await Promise.all(asked);
      wrong += replies.filter((reply) => !isChainOf(symbol)(reply)).length;
      fetches.push((await fetchesOf(fleet)) - before);
      const firstAt = Math.min(...replies.map(({ answeredAt }) => answeredAt));
      waiting.push(replies.filter(({ askedAt }) => askedAt < firstAt).length);
      say(
        `${symbol}: ${fetches.at(-1)} fetches for ${replies.length} calls, of which ${waiting.at(-1)} waited at a time`,
      );
    }
    const cold = chains.ledger.entries().slice();
    await sleep(SETTLED_MS);

    const [symbol] = SYMBOLS;
    const { port } = await fleet.redis.master();
    const commands = await watchCommands(port);
    const startedAt = performance.now();
    const warm = await Promise.all(fleet.replicas.flatMap((_, at) => chains.read(at, symbol, readers)));
    const warmMs = performance.now() - startedAt;
    const seen = await commands.end();
    const ofChains = seen.filter((line) => /tg:(?:chain|fetch):/u.test(line));
    wrong += warm.filter((reply) => !isChainOf(symbol)(reply)).length;
    const all = cold.length + warm.length;
    return judge(
      [
        {
          what: `fetches at the most for ${readers * fleet.replicas.length} cold calls`,
          value: Math.max(...fetches),
          most: 1,
        },
        { what: 'at the least', value: Math.min(...fetches), least: 1 },
        {
          what: 'waited at a time at the least',
          value: Math.min(...waiting),
          least: readers * fleet.replicas.length * MOST,
        },
        { what: `Redis commands for ${warm.length} warm chains`, value: ofChains.length, most: 0 },
        { what: `of ${all} calls without the chain`, value: wrong, most: 0 },
      ],
      {
        replicas: fleet.replicas.length,
        callsAtEach: readers,
        tenants: chains.crew.length,
        brokerMs: BROKER_MS,
        fetches,
        waiting,
        loads: await loadReasons(fleet),
        coldP99Ms: percentile(
          cold.filter(({ what }) => what.includes('get_option_chain')).map(({ ms }) => ms),
          0.99,
        ),
        warmMs,
        // Of everything that the replicas do, for whatever reason, in that time.
        commandsInAll: tally(seen.map((line) => line.split(' ', 1)[0] ?? '')),
        whys: tally(
          chains.ledger.entries().flatMap(({ status, why }) => (why === undefined ? [] : [`${status} ${why}`])),
        ),
      },
    );
  },
} satisfies Scenario);
