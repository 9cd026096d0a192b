import { describe, expect, it } from 'vitest';
import { createDxLinkBench, settle, want } from '../../support/dxlink-bench.ts';
import type { DxLinkBench } from '../../support/dxlink-bench.ts';

const calm = (): AbortSignal => new AbortController().signal;

/**
 * A bench whose feed is live and holds a value of SPY; somebody keeps holding it through an unanswered read. Its server
 * says nothing of its own accord, and answers no keepalive.
 */
async function liveBench(): Promise<DxLinkBench & { held: Promise<unknown> }> {
  const bench = createDxLinkBench();
  bench.peer.mute = 'KEEPALIVE';
  bench.peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 2 });
  const held = bench.market.read(want('Quote', 'SPY', 'NEVER'), { signal: calm(), timeoutMs: 7_200_000 });
  await settle(bench.clock);
  return { ...bench, held };
}

describe('a quiet symbol on a live feed', () => {
  it('is answered from memory, with the age of its value and the age of its confirmation', async () => {
    const { market, peer, clock } = await liveBench();
    for (let half = 0; half < 20; half += 1) {
      await clock.advance(30_000);
      peer.send(peer.last, { type: 'KEEPALIVE', channel: 0 });
    }
    await clock.advance(7_000);
    const [reading] = await market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 });
    expect(reading).toMatchObject({ kind: 'value', ageMs: 607_000, confirmedAgeMs: 7_000 });
    expect(peer.last.received.filter((frame) => frame.type === 'FEED_SUBSCRIPTION')).toHaveLength(1);
  });

  it('is confirmed within two seconds by a server that answers keepalives', async () => {
    const { market, peer, clock } = await liveBench();
    peer.mute = undefined;
    await clock.advance(600_500);
    const [reading] = await market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000, maxAgeMs: 2000 });
    expect(reading).toMatchObject({ kind: 'value', ageMs: 600_500 });
    expect(peer.last.received.filter((frame) => frame.type === 'FEED_SUBSCRIPTION')).toHaveLength(1);
  });

  it('is confirmed by whatever else the feed says', async () => {
    const { market, peer, clock } = await liveBench();
    await clock.advance(25_000);
    peer.send(peer.last, { type: 'KEEPALIVE', channel: 0 });
    await clock.advance(10);
    const [reading] = await market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000, maxAgeMs: 100 });
    expect(reading).toMatchObject({ kind: 'value', ageMs: 25_010, confirmedAgeMs: 10 });
  });

  it('is asked for afresh by a reader who needs a later confirmation than there is', async () => {
    const { market, peer, clock } = await liveBench();
    await clock.advance(20_000);
    const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000, maxAgeMs: 5000 });
    await settle(clock);
    await clock.advance(50);
    expect(await reading).toMatchObject([{ kind: 'value', ageMs: expect.any(Number), event: { bid: '1' } }]);
    const asked = peer.last.received.filter((frame) => frame.type === 'FEED_SUBSCRIPTION').slice(1);
    expect(asked).toEqual([
      expect.objectContaining({ remove: [{ type: 'Quote', symbol: 'SPY' }] }),
      expect.objectContaining({ add: [{ type: 'Quote', symbol: 'SPY' }] }),
    ]);
  });

  it('is asked for afresh once, however many readers need it', async () => {
    const { market, peer, clock } = await liveBench();
    await clock.advance(20_000);
    const readings = Array.from({ length: 20 }, () =>
      market.read(want('Quote', 'SPY', 'SPY'), { signal: calm(), timeoutMs: 1000, maxAgeMs: 0 }),
    );
    await clock.advance(100);
    await clock.advance(1000);
    await Promise.all(readings);
    expect(peer.last.received.filter((frame) => frame.type === 'FEED_SUBSCRIPTION')).toHaveLength(3);
  });

  it('is not asked for afresh when it has only just been told', async () => {
    const { market, peer, clock } = await liveBench();
    await clock.advance(500);
    const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 400, maxAgeMs: 100 });
    await clock.advance(200);
    peer.publish('Quote', 'SPY', { bidPrice: 8 });
    await settle(clock);
    expect(await reading).toMatchObject([{ kind: 'value', event: { bid: '8' } }]);
    expect(peer.last.received.filter((frame) => frame.type === 'FEED_SUBSCRIPTION')).toHaveLength(1);
  });

  it('is never returned with a confirmation older than was asked for', async () => {
    const { market, peer, clock } = await liveBench();
    peer.deaf = true;
    await clock.advance(20_000);
    const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 2000, maxAgeMs: 5000 });
    await clock.advance(2000);
    expect(await reading).toMatchObject([{ kind: 'missing', reason: 'no-data-before-deadline' }]);
  });
});

describe('a gap', () => {
  it('makes every value stale until it is told again', async () => {
    const { market, peer, clock, jitter } = await liveBench();
    jitter.fraction = 0;
    peer.mute = 'AUTH';
    peer.dropAll();
    await settle(clock);
    const during = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 2000 });
    await clock.advance(2000);
    expect(await during).toMatchObject([{ kind: 'missing', reason: 'feed-unavailable' }]);
  });

  it('is survived by a read: it completes after the reconnect', async () => {
    const { market, peer, clock } = createDxLinkBench();
    const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 10_000 });
    await settle(clock);
    peer.dropAll();
    peer.publish('Quote', 'SPY', { bidPrice: 3, askPrice: 4 });
    await clock.advance(1000);
    expect(await reading).toMatchObject([{ kind: 'value', event: { bid: '3' } }]);
    expect(peer.sessions).toHaveLength(2);
    expect(peer.violations).toEqual([]);
    const subscription = peer.last.received.find((frame) => frame.type === 'FEED_SUBSCRIPTION');
    expect(subscription).toMatchObject({ reset: true, add: [{ type: 'Quote', symbol: 'SPY' }] });
  });

  it('does not take from a read what it had seen, but tells how old the confirmation is', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.mute = 'KEEPALIVE';
    peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 2 });
    const relaxed = market.read(want('Quote', 'SPY', 'DEAD'), { signal: calm(), timeoutMs: 9000 });
    const strict = market.read(want('Quote', 'SPY', 'DEAD'), { signal: calm(), timeoutMs: 9000, maxAgeMs: 3000 });
    await clock.advance(1000);
    peer.mute = 'SETUP';
    peer.dropAll();
    await clock.advance(8000);
    expect(await relaxed).toMatchObject([
      { kind: 'value', ageMs: 9000, confirmedAgeMs: 9000 },
      { kind: 'missing', reason: 'feed-unavailable' },
    ]);
    expect(await strict).toMatchObject([
      { kind: 'missing', reason: 'feed-unavailable' },
      { kind: 'missing', reason: 'feed-unavailable' },
    ]);
  });

  it.each([
    ['text that is no JSON', 'garbage{'],
    ['a market data frame that cannot be read', JSON.stringify({ type: 'FEED_DATA', channel: 1, data: 'x' })],
    ['a block that does not divide evenly', JSON.stringify({ type: 'FEED_DATA', channel: 1, data: ['Quote', [1, 2]] })],
  ])('is also %s: it is logged, and everything is asked for again', async (_, text) => {
    const { market, peer, clock, told } = await liveBench();
    await clock.advance(10_000);
    peer.sendRaw(peer.last, text);
    await settle(clock);
    const subscriptions = peer.last.received.filter((frame) => frame.type === 'FEED_SUBSCRIPTION');
    expect(subscriptions).toHaveLength(2);
    expect(subscriptions[1]).toMatchObject({ reset: true });
    const reading = await market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 });
    expect(reading).toMatchObject([{ kind: 'value', ageMs: 0 }]);
    expect(told).toContainEqual(expect.objectContaining({ level: 'warn', fields: { unreadable: 1 } }));
  });

  it('by a flood of unreadable frames costs one renewed request in five seconds', async () => {
    const { peer, clock } = await liveBench();
    for (let second = 0; second < 20; second += 1) {
      for (let frame = 0; frame < 10; frame += 1) peer.sendRaw(peer.last, 'garbage');
      await clock.advance(1000);
    }
    const subscriptions = peer.last.received.filter((frame) => frame.type === 'FEED_SUBSCRIPTION');
    expect(subscriptions.length).toBeLessThanOrEqual(6);
    expect(peer.sessions).toHaveLength(1);
  });

  it('is not made by a frame of a type that is of no use here', async () => {
    const { market, peer, clock } = await liveBench();
    peer.send(peer.last, { type: 'DOM_SNAPSHOT', channel: 3, bids: [] });
    peer.send(peer.last, { type: 'FEED_DATA', channel: 1, data: ['Candle', [4, 'SPY{=d}']] });
    await settle(clock);
    const reading = await market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 });
    expect(reading).toMatchObject([{ kind: 'value' }]);
    expect(peer.last.received.filter((frame) => frame.type === 'FEED_SUBSCRIPTION')).toHaveLength(1);
  });
});

describe('a subscription without readers', () => {
  it('lingers, so that the next reader is answered at once', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 2 });
    const first = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 });
    await settle(clock);
    await first;
    await clock.advance(50_000);
    peer.publish('Quote', 'SPY', { bidPrice: 5, askPrice: 6 });
    await settle(clock);
    const second = await market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 });
    expect(second).toMatchObject([{ kind: 'value', event: { bid: '5' } }]);
    await clock.advance(59_000);
    expect(peer.last.subscribed.size).toBe(1);
    await clock.advance(2_000);
    expect(peer.last.subscribed.size).toBe(0);
  });

  it('ends each in its turn', async () => {
    const { market, peer, clock } = createDxLinkBench();
    for (const symbol of ['A', 'B', 'C']) {
      peer.publish('Quote', symbol, { bidPrice: 1 });
      const reading = market.read(want('Quote', symbol), { signal: calm(), timeoutMs: 1000 });
      await clock.advance(20_000);
      await reading;
    }
    await clock.advance(1_000);
    expect([...peer.last.subscribed.keys()]).toEqual(['Quote B', 'Quote C']);
    await clock.advance(20_000);
    expect([...peer.last.subscribed.keys()]).toEqual(['Quote C']);
    await clock.advance(20_000);
    expect(peer.last.subscribed.size).toBe(0);
  });

  it('is not asked for again after a gap', async () => {
    const { market, peer, clock } = await liveBench();
    peer.publish('Quote', 'QQQ', { bidPrice: 1, askPrice: 2 });
    const reading = market.read(want('Quote', 'QQQ'), { signal: calm(), timeoutMs: 1000 });
    await clock.advance(100);
    await reading;
    peer.dropAll();
    await clock.advance(1000);
    expect([...peer.last.subscribed.keys()]).toEqual(['Quote SPY', 'Quote NEVER']);
  });
});
