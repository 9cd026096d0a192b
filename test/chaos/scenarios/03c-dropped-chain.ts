import { setTimeout as sleep } from 'node:timers/promises';
import { createRedisLevel } from '../../../src/cache/redis-level.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createRedisChannels } from '../../../src/fleet/redis-channels.ts';
import { connectRedis } from '../../../src/redis/connect.ts';
import { eventually } from '../../support/eventually.ts';
import type { Fleet } from '../../support/processes/fleet.ts';
import { type ChainReaders, OPEN_GATE, SYMBOLS, fetchesOf, isChainOf, openChainReaders } from '../chain-readers.ts';
import { pick } from '../crew.ts';
import { judge, percentile } from '../judge.ts';
import type { Scenario } from '../scenario.ts';

/** By then every other replica has to have heard of it. */
const SEEN_MS = 20;

export const droppedChain: Scenario = Object.freeze({
  number: '3c',
  title: 'An operator drops a chain at one replica, and it is read at another 20 ms later, again and again',
  expected: 'the others hear of it within 20 ms in 99 of 100 cases, and then ask the broker anew',
  fleet: OPEN_GATE,
  async run(fleet, { short, say, withinMs }) {
    const drops = short ? 30 : 300;
    const chains = await openChainReaders(fleet, 'dropped-chain', 1);
    const token = await operatorToken(fleet, pick(chains.crew, 0).name);
    const listener = await openListener(fleet);
    const heardMs: number[] = [];
    const sinceSentMs: number[] = [];
    let stale = 0;
    let wrong = 0;
    try {
      for (let n = 0; n < drops; n += 1) {
        const symbol = pick(SYMBOLS, n);
        const [dropper, reader] = [n % fleet.replicas.length, (n + 1) % fleet.replicas.length];
        wrong += await readTwice(chains, { symbol, reader });
        const before = await fetchesOf(fleet);
        const heard = listener.next(symbol);
        const sentAt = performance.now();
        await dropAt(pick(fleet.replicas, dropper).url(), { symbol, token });
        const droppedAt = performance.now();
        const heardAt = await heard;
        // Those who hear may be faster than the answer to the operator.
        heardMs.push(Math.max(0, heardAt - droppedAt));
        sinceSentMs.push(heardAt - sentAt);
        await sleep(Math.max(0, droppedAt + withinMs(SEEN_MS) - performance.now()));
        const [reply] = await Promise.all(chains.read(reader, symbol, 1));
        if (reply === undefined || !isChainOf(symbol)(reply)) wrong += 1;
        if ((await fetchesOf(fleet)) === before) stale += 1;
        if ((n + 1) % 100 === 0) say(`${n + 1} drops`);
      }
    } finally {
      await listener.close();
    }
    return judge(
      [
        {
          what: 'ms from the answer to the operator until another had heard (p99)',
          value: percentile(heardMs, 0.99),
          most: withinMs(SEEN_MS),
        },
        { what: `of ${drops} read as before afterwards`, value: stale, most: Math.floor(drops / 100) },
        { what: 'reads without the chain', value: wrong, most: 0 },
      ],
      {
        drops,
        maxMs: Math.max(...heardMs),
        // With the operator's request and its way to that replica, which are no part of the figure.
        sinceSentP50Ms: percentile(sinceSentMs, 0.5),
        sinceSentP99Ms: percentile(sinceSentMs, 0.99),
      },
    );
  },
} satisfies Scenario);

/** Then it is in the memory of that replica. Returns how many of the reads failed. */
async function readTwice(
  chains: ChainReaders,
  { symbol, reader }: { symbol: string; reader: number },
): Promise<number> {
  let wrong = 0;
  for (let read = 0; read < 2; read += 1) {
    const [reply] = await Promise.all(chains.read(reader, symbol, 1));
    if (reply === undefined || !isChainOf(symbol)(reply)) wrong += 1;
  }
  return wrong;
}

async function operatorToken(fleet: Fleet, tenant: string): Promise<string> {
  const { code, stdout, stderr } = await fleet.command('token', '--tenant', tenant, '--scope', 'admin');
  if (code !== 0) throw new Error(`No token: ${stderr}`);
  return stdout.trim();
}

async function dropAt(url: string, { symbol, token }: { symbol: string; token: string }): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const path = `/admin/chains/${encodeURIComponent(symbol)}?environment=paper`;
  const response = await fetch(`${url}${path}`, { method: 'DELETE', headers, signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`The drop was answered with ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

/** One replica more, which only listens. */
async function openListener(fleet: Fleet) {
  const redis = connectRedis(fleet.redis.url, { log: silentLog, clock: systemClock });
  const level = createRedisLevel({ redis, channels: createRedisChannels(redis), clock: systemClock, log: silentLog });
  let isUp = false;
  let hear = (_id: string): void => {};
  level.watch({ changed: (slot) => hear(slot?.id ?? ''), linked: (next) => void (isUp = next) });
  await eventually(() => isUp, 10_000);
  return {
    /** When the next change of this chain was heard. */
    next: (symbol: string): Promise<number> =>
      new Promise((resolve) => {
        hear = (id) => {
          if (id === `paper:chain:equity:${symbol}`) resolve(performance.now());
        };
      }),
    async close() {
      level.close();
      await redis.close();
    },
  };
}
