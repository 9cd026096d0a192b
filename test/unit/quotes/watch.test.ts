import { describe, expect, it } from 'vitest';
import { streamerSymbol } from '../../../src/broker/model/symbol.ts';
import { createDxLinkBench, settle, want } from '../../support/dxlink-bench.ts';

const SPY = { kind: 'Quote', symbol: streamerSymbol('SPY') } as const;

function watcher() {
  const bids: unknown[] = [];
  let ends = 0;
  return {
    bids,
    ends: () => ends,
    value: ({ bid }: { bid?: unknown }) => void bids.push(bid),
    ended: () => void (ends += 1),
  };
}

describe('watching the market', () => {
  it('tells the value that is current and each that follows, until it is stopped', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 9 });
    const reading = market.read(want('Quote', 'SPY'), { signal: new AbortController().signal, timeoutMs: 1000 });
    await settle(clock);
    await reading;
    const seen = watcher();
    const stop = market.watch(SPY, seen);
    peer.publish('Quote', 'SPY', { bidPrice: 2, askPrice: 9 });
    peer.publish('Quote', 'SPY', { bidPrice: 3, askPrice: 9 });
    await settle(clock);
    stop();
    peer.publish('Quote', 'SPY', { bidPrice: 4, askPrice: 9 });
    await settle(clock);
    expect(seen.bids).toEqual(['1', '2', '3']);
    expect(seen.ends()).toBe(0);
    await market.close();
  });

  it('keeps the subscription for as long as it lasts, over a break of the connection, and lets it go afterwards', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 9 });
    const seen = watcher();
    const stop = market.watch(SPY, seen);
    await clock.advance(600_000);
    expect(peer.last.subscribed.size).toBe(1);
    peer.dropAll();
    await clock.advance(60_000);
    expect(peer.sessions).toHaveLength(2);
    peer.publish('Quote', 'SPY', { bidPrice: 2, askPrice: 9 });
    await settle(clock);
    expect(seen.bids.at(-1)).toBe('2');
    stop();
    stop();
    await clock.advance(62_000);
    expect(peer.last.subscribed.size).toBe(0);
    await market.close();
  });

  it('says that it is over when the market is closed, and when it was closed before', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 9 });
    const [before, after] = [watcher(), watcher()];
    market.watch(SPY, before);
    await settle(clock);
    await market.close();
    const stop = market.watch(SPY, after);
    expect([before.ends(), after.ends()]).toEqual([1, 1]);
    stop();
  });
});
