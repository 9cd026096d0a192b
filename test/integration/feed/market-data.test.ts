import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createMarketData } from '../../../src/broker/quotes/create-market-data.ts';
import type { MarketData } from '../../../src/broker/quotes/create-market-data.ts';
import { want } from '../../support/dxlink-bench.ts';
import { DxLinkPeer } from '../../support/dxlink-peer.ts';
import { startDxLinkServer } from '../../support/dxlink-server.ts';
import type { DxLinkServer } from '../../support/dxlink-server.ts';
import { silentObserver } from '../../support/upstream.ts';

let peer: DxLinkPeer;
let server: DxLinkServer;
let market: MarketData;
let tokenCalls: number;

beforeEach(async () => {
  peer = new DxLinkPeer();
  server = await startDxLinkServer(peer);
  tokenCalls = 0;
  market = createMarketData({
    quoteToken: async () => {
      tokenCalls += 1;
      return { token: `token-${tokenCalls}`, url: server.url };
    },
    clock: systemClock,
    ids: systemIds,
    log: silentLog,
    observer: silentObserver,
  });
});

afterEach(async () => {
  await market.close();
  await server.close();
});

function read(...symbols: string[]): ReturnType<typeof market.read<'Quote'>> {
  return market.read(want('Quote', ...symbols), { signal: new AbortController().signal, timeoutMs: 15_000 });
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !isTrue(); round += 1) await sleep(10);
  expect(isTrue()).toBe(true);
}

describe('market data over a real websocket', () => {
  it('serves a hundred concurrent readers over one socket and one token', async () => {
    const symbols = Array.from({ length: 400 }, (_, index) => `S${index}`);
    for (const [index, symbol] of symbols.entries()) peer.publish('Quote', symbol, { bidPrice: index + 0.25 });
    const reads = Array.from({ length: 100 }, (_, index) => read(...symbols.slice(index, index + 300)));
    const answers = await Promise.all(reads);
    expect(answers.flat().every((reading) => reading.kind === 'value')).toBe(true);
    expect(answers[7]?.[0]).toMatchObject({ symbol: 'S7', event: { bid: '7.25' } });
    expect([peer.sessions.length, tokenCalls, peer.violations]).toEqual([1, 1, []]);
  });

  it('completes a read after the line was cut in the middle of it', async () => {
    const reading = read('SPY');
    await until(() => peer.sessions[0]?.subscribed.size === 1);
    peer.dropAll();
    peer.publish('Quote', 'SPY', { bidPrice: 3 });
    expect(await reading).toMatchObject([{ kind: 'value', event: { bid: '3' } }]);
    expect(peer.sessions).toHaveLength(2);
    expect(tokenCalls).toBe(1);
  });

  it('fetches another token when the first is refused', async () => {
    peer.tokens = new Set(['token-2']);
    peer.publish('Quote', 'SPY', { bidPrice: 3 });
    expect(await read('SPY')).toMatchObject([{ kind: 'value' }]);
    expect(tokenCalls).toBe(2);
    expect(peer.maxConcurrent).toBe(1);
  });

  it('reads the full form as well', async () => {
    peer.format = 'FULL';
    peer.publish('Quote', 'SPY', { bidPrice: 3, askPrice: 'NaN' });
    expect(await read('SPY')).toMatchObject([{ kind: 'value', event: { bid: '3' } }]);
  });

  it('tries again while nobody listens, and closes without waiting for anyone', async () => {
    await server.close();
    const readings = market.read(want('Quote', 'SPY'), { signal: new AbortController().signal, timeoutMs: 300 });
    expect(await readings).toMatchObject([{ kind: 'missing', reason: 'feed-unavailable' }]);
    await market.close();
  });

  it('survives what is no frame at all', async () => {
    peer.publish('Quote', 'SPY', { bidPrice: 3 });
    await read('SPY');
    peer.sendRaw(peer.last, 'x'.repeat(100_000));
    peer.sendRaw(peer.last, '[]');
    peer.publish('Quote', 'QQQ', { bidPrice: 4 });
    expect(await read('QQQ')).toMatchObject([{ kind: 'value' }]);
    expect(peer.sessions).toHaveLength(1);
  });

  it('says good-bye when it closes', async () => {
    peer.publish('Quote', 'SPY', { bidPrice: 3 });
    await read('SPY');
    await market.close();
    await until(() => peer.open.length === 0);
  });
});
