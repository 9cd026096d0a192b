import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/core/clock.ts';
import type { MarketData } from '../../../src/broker/quotes/create-market-data.ts';
import { createDxLinkBench, settle, want } from '../../support/dxlink-bench.ts';

const calm = (): AbortSignal => new AbortController().signal;
const HOUR_MS = 3_600_000;

/** Keeps SPY wanted for as long as the test likes. */
function keepWanting(market: MarketData): AbortController {
  const abort = new AbortController();
  void market.read(want('Quote', 'NEVER'), { signal: abort.signal, timeoutMs: 90 * HOUR_MS }).catch(() => {});
  return abort;
}

describe('the connection', () => {
  it('is closed when nothing has been wanted for a while, and made again when something is', async () => {
    const { market, peer, clock, seen } = createDxLinkBench();
    peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 2 });
    const first = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 });
    await settle(clock);
    await first;
    await clock.advance(60_000 + 299_000);
    expect(peer.open).toHaveLength(1);
    await clock.advance(2_000);
    expect(peer.open).toHaveLength(0);
    expect(seen.sockets).toEqual(['opened', 'closed']);

    const second = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 });
    await settle(clock);
    expect(await second).toMatchObject([{ kind: 'value' }]);
    expect(peer.sessions).toHaveLength(2);
    expect(seen).toEqual({ sockets: ['opened', 'closed', 'opened'], events: 2 });
  });

  it('stays open while somebody comes back in time', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 2 });
    for (let visit = 0; visit < 5; visit += 1) {
      const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 });
      await clock.advance(240_000);
      await reading;
    }
    expect(peer.sessions).toHaveLength(1);
  });

  it('keeps itself alive for hours with one keepalive in thirty seconds, where they are not answered', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.mute = 'KEEPALIVE';
    keepWanting(market);
    await clock.advance(10_000);
    const ofItsOwn = clock.every(30_000, () => peer.send(peer.last, { type: 'KEEPALIVE', channel: 0 }));
    const before = peer.last.received.length;
    await clock.advance(600_000);
    const since = peer.last.received.slice(before);
    expect([since.length, since.every(({ type }) => type === 'KEEPALIVE')]).toEqual([20, true]);
    expect(peer.sessions).toHaveLength(1);
    expect(peer.violations).toEqual([]);
    ofItsOwn.cancel();
    await market.close();
  });

  it('that answers keepalives and falls silent is dropped within two seconds, and made again', async () => {
    const { market, peer, clock, told } = createDxLinkBench();
    keepWanting(market);
    await clock.advance(10_000);
    peer.deaf = true;
    for (let waitedMs = 0; waitedMs < 2000 && peer.open.length > 0; waitedMs += 50) await clock.advance(50);
    expect(told).toContainEqual(expect.objectContaining({ fields: { why: 'silent', unreadable: 0 } }));
    peer.deaf = false;
    await clock.advance(500);
    expect(peer.sessions).toHaveLength(2);
    expect(peer.last.subscribed.size).toBe(1);
    expect(peer.maxConcurrent).toBe(1);
    await market.close();
  });

  it('is not given up by a busy server that answers no keepalive, nor by one that is slow to', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.mute = 'KEEPALIVE';
    keepWanting(market);
    await clock.advance(3_000);
    peer.mute = undefined;
    await clock.advance(3_000);
    peer.mute = 'KEEPALIVE';
    for (let second = 0; second < 120; second += 1) {
      peer.publish('Quote', 'NEVER-ASKED', { bidPrice: second });
      peer.send(peer.last, { type: 'FEED_CONFIG', channel: 1 });
      await clock.advance(900);
    }
    expect(peer.sessions).toHaveLength(1);
    await market.close();
  });

  it('that answers no keepalive is dropped after the keepalive timeout, and made again', async () => {
    const { market, peer, clock, told } = createDxLinkBench();
    peer.mute = 'KEEPALIVE';
    keepWanting(market);
    await clock.advance(59_000);
    expect(peer.sessions).toHaveLength(1);
    await clock.advance(1_000);
    expect(told).toContainEqual(expect.objectContaining({ fields: { why: 'silent', unreadable: 0 } }));
    await clock.advance(1_000);
    expect(peer.sessions).toHaveLength(2);
    expect(peer.maxConcurrent).toBe(1);
    await market.close();
  });

  it('that serves and is dropped again and again is back within two seconds each time', async () => {
    const { market, peer, clock, jitter } = createDxLinkBench();
    jitter.fraction = 0.999;
    peer.publish('Quote', 'SPY', { bidPrice: 1 });
    void market.read(want('Quote', 'NEVER', 'SPY'), { signal: calm(), timeoutMs: HOUR_MS });
    for (let drop = 0; drop < 20; drop += 1) {
      await clock.advance(2_100);
      expect(peer.open).toHaveLength(1);
      peer.dropAll();
    }
    expect(peer.sessions).toHaveLength(20);
    await market.close();
  });

  it('takes the server at its word about the keepalive timeout', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.keepaliveTimeout = 5;
    peer.mute = 'KEEPALIVE';
    keepWanting(market);
    await clock.advance(4_900);
    expect(peer.sessions).toHaveLength(1);
    await clock.advance(1_000);
    expect(peer.sessions).toHaveLength(2);
    await market.close();
  });

  it.each(['SETUP', 'AUTH', 'CHANNEL_REQUEST'] as const)('is given up when %s is not answered', async (mute) => {
    const { market, peer, clock } = createDxLinkBench();
    peer.mute = mute;
    const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 30_000 });
    await clock.advance(9_900);
    expect(peer.sessions).toHaveLength(1);
    expect(peer.open).toHaveLength(1);
    await clock.advance(2_000);
    expect(peer.sessions).toHaveLength(2);
    peer.mute = undefined;
    peer.publish('Quote', 'SPY', { bidPrice: 1 });
    await clock.advance(12_000);
    expect(await reading).toMatchObject([{ kind: 'value' }]);
    expect(peer.maxConcurrent).toBe(1);
  });

  it('is made again with growing pauses, each drawn anew, while it fails', async () => {
    const { market, sockets, clock, jitter, seen } = createDxLinkBench();
    sockets.unreachable = true;
    jitter.fraction = 0.999;
    keepWanting(market);
    const tries: number[] = [];
    for (let second = 0; second < 60; second += 1) {
      tries.push(sockets.urls.length);
      await clock.advance(1000);
    }
    expect(tries.slice(0, 17)).toEqual([0, 2, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 6]);
    expect(sockets.urls.length).toBeLessThanOrEqual(10);
    expect(seen.sockets.every((change) => change === 'reconnecting')).toBe(true);
    await market.close();
  });

  it('that was a good one is made again soon, whatever it took to make it', async () => {
    const { market, peer, sockets, clock, jitter } = createDxLinkBench();
    jitter.fraction = 0.999;
    sockets.unreachable = true;
    keepWanting(market);
    await clock.advance(20_000);
    sockets.unreachable = false;
    await clock.advance(60_000);
    expect(peer.sessions).toHaveLength(1);
    peer.dropAll();
    await clock.advance(500);
    expect(peer.open).toHaveLength(1);
    await market.close();
  });

  it('is not tried any more when nobody wants anything', async () => {
    const { market, sockets, clock } = createDxLinkBench();
    sockets.unreachable = true;
    const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 });
    await clock.advance(61_000 + 15_000);
    await reading;
    const tries = sockets.urls.length;
    await clock.advance(HOUR_MS);
    expect(sockets.urls).toHaveLength(tries);
  });

  it('that the server opens and drops again and again is not made faster and faster', async () => {
    const { market, peer, clock } = createDxLinkBench();
    keepWanting(market);
    for (let second = 0; second < 60; second += 1) {
      await clock.advance(1000);
      peer.dropAll();
    }
    expect(peer.sessions.length).toBeLessThan(20);
    await market.close();
  });

  it('that the server ends by closing the channel is made again', async () => {
    const { market, peer, clock } = createDxLinkBench();
    keepWanting(market);
    await settle(clock);
    peer.send(peer.last, { type: 'CHANNEL_CLOSED', channel: 1 });
    await clock.advance(1000);
    expect(peer.sessions).toHaveLength(2);
    expect(peer.maxConcurrent).toBe(1);
    await market.close();
  });
});

describe('the quote token', () => {
  it('is kept over reconnects', async () => {
    const { market, peer, clock, tokens } = createDxLinkBench();
    keepWanting(market);
    await settle(clock);
    peer.dropAll();
    await clock.advance(2000);
    expect(peer.sessions).toHaveLength(2);
    expect(tokens.calls).toBe(1);
    await market.close();
  });

  it('is renewed shortly before its day is over, with one connection at a time', async () => {
    const { market, peer, clock, tokens, seen } = createDxLinkBench();
    keepWanting(market);
    await clock.advance(24 * HOUR_MS - 600_000);
    expect(tokens.calls).toBe(1);
    await clock.advance(300_000);
    expect(tokens.calls).toBe(2);
    expect(peer.sessions).toHaveLength(2);
    expect(peer.maxConcurrent).toBe(1);
    expect(seen.sockets).toEqual(['opened', 'closed', 'opened']);
    await market.close();
  });

  it('is renewed with one connection at a time even when the server does not let go of the first', async () => {
    const { market, peer, clock, sockets } = createDxLinkBench();
    keepWanting(market);
    await clock.advance(1000);
    sockets.clings = true;
    await clock.advance(24 * HOUR_MS);
    expect(peer.sessions).toHaveLength(2);
    expect(peer.open).toHaveLength(1);
    expect(peer.maxConcurrent).toBe(1);
    await Promise.all([market.close(), clock.advance(500)]);
  });

  it('is renewed by its own expiry when it has one', async () => {
    const { market, clock, tokens } = createDxLinkBench();
    tokens.answer = async () => ({
      token: 't',
      url: 'wss://feed.invalid/realtime',
      expiresAt: epochMs(clock.now() + HOUR_MS),
    });
    keepWanting(market);
    await clock.advance(50 * 60_000);
    expect(tokens.calls).toBe(1);
    await clock.advance(5 * 60_000);
    expect(tokens.calls).toBe(2);
    await market.close();
  });

  it('that has expired on arrival is not asked for without pause', async () => {
    const { market, clock, tokens } = createDxLinkBench();
    tokens.answer = async () => ({ token: 't', url: 'wss://feed.invalid/', expiresAt: epochMs(clock.now() - 1) });
    keepWanting(market);
    await clock.advance(300_000);
    expect(tokens.calls).toBeLessThanOrEqual(11);
    await market.close();
  });

  it.each([
    ['told and hung up', true, 'tell-and-close'],
    ['told without a first state', false, 'tell-and-close'],
    ['told and left open', true, 'tell'],
    ['told once and left open', false, 'tell'],
    ['hung up', true, 'close'],
    ['hung up without a word', false, 'close'],
  ] as const)('is replaced when it is refused: %s', async (_, tellsFirst, onBadToken) => {
    const { market, peer, clock, tokens } = createDxLinkBench();
    peer.tellsUnauthorizedFirst = tellsFirst;
    peer.onBadToken = onBadToken;
    peer.tokens = new Set(['token-2']);
    peer.publish('Quote', 'SPY', { bidPrice: 1 });
    const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 15_000 });
    await clock.advance(12_000);
    expect(await reading).toMatchObject([{ kind: 'value' }]);
    expect(tokens.calls).toBe(2);
    expect(peer.maxConcurrent).toBe(1);
  });

  it('is replaced when the server withdraws it later', async () => {
    const { market, peer, clock, tokens } = createDxLinkBench();
    keepWanting(market);
    await clock.advance(1000);
    peer.send(peer.last, { type: 'AUTH_STATE', channel: 0, state: 'UNAUTHORIZED' });
    await clock.advance(1000);
    expect(tokens.calls).toBe(2);
    expect(peer.open).toHaveLength(1);
    peer.send(peer.last, { type: 'ERROR', channel: 0, error: 'UNAUTHORIZED', message: 'expired' });
    await clock.advance(2000);
    expect(tokens.calls).toBe(3);
    expect(peer.open).toHaveLength(1);
    await market.close();
  });
});

describe('subscriptions', () => {
  it('that the server refuses are told to their readers at once, and to nobody else', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.publish('Quote', 'SPY', { bidPrice: 1 });
    peer.cap = 2;
    const fine = market.read(want('Quote', 'SPY', 'QUIET'), { signal: calm(), timeoutMs: 30_000 });
    await clock.advance(6_000);
    const excess = market.read(want('Quote', 'SPY', 'MORE'), { signal: calm(), timeoutMs: 30_000 });
    await clock.advance(100);
    expect(await excess).toMatchObject([{ kind: 'value' }, { kind: 'missing', reason: 'subscription-refused' }]);
    peer.publish('Quote', 'QUIET', { bidPrice: 2 });
    await settle(clock);
    expect(await fine).toMatchObject([{ kind: 'value' }, { kind: 'value' }]);
  });

  it('that were refused can be asked for again', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.cap = 0;
    const refused = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 });
    await clock.advance(100);
    expect(await refused).toMatchObject([{ reason: 'subscription-refused' }]);
    peer.cap = 10;
    peer.publish('Quote', 'SPY', { bidPrice: 1 });
    const again = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 });
    await clock.advance(100);
    expect(await again).toMatchObject([{ kind: 'value' }]);
  });

  it('beyond the broker’s limit are refused here, unless idle ones can make room', async () => {
    const { market, clock } = createDxLinkBench();
    const many = Array.from({ length: 25_001 }, (_, index) => `S${index}`);
    const abort = new AbortController();
    const held = market.read(want('Quote', ...many), { signal: abort.signal, timeoutMs: 1000 });
    const oneMore = market.read(want('Trade', 'SPY'), { signal: calm(), timeoutMs: 500 });
    await clock.advance(500);
    expect(await oneMore).toMatchObject([{ kind: 'missing', reason: 'too-many-symbols' }]);
    await clock.advance(500);
    const readings = await held;
    expect(readings.at(-1)).toMatchObject({ kind: 'missing', reason: 'too-many-symbols' });
    expect(readings[0]).toMatchObject({ kind: 'missing', reason: 'no-data-before-deadline' });
    const afterwards = market.read(want('Trade', 'SPY'), { signal: calm(), timeoutMs: 500 });
    await clock.advance(500);
    expect(await afterwards).toMatchObject([{ kind: 'missing', reason: 'no-data-before-deadline' }]);
    await market.close();
  });

  it('are sent in small frames, and not faster than the broker allows', async () => {
    const { market, peer, clock } = createDxLinkBench();
    const many = Array.from({ length: 12_000 }, (_, index) => `.SPY261218C${index}.5`);
    for (const symbol of many) peer.publish('Quote', symbol, { bidPrice: 1 });
    const reading = market.read(want('Quote', ...many), { signal: calm(), timeoutMs: 120_000 });
    await clock.advance(59_000);
    expect(peer.last.subscribed.size).toBe(9_000);
    expect(Math.max(...peer.last.frameBytes)).toBeLessThanOrEqual(8192);
    await clock.advance(3_000);
    expect(peer.last.subscribed.size).toBe(12_000);
    expect((await reading).every((each) => each.kind === 'value')).toBe(true);
    const frames = peer.last.received.filter((frame) => frame.type === 'FEED_SUBSCRIPTION');
    expect(frames.filter((frame) => frame['reset'] === true)).toHaveLength(1);
    await market.close();
  });
});

describe('what is logged', () => {
  it('names neither symbols nor tokens', async () => {
    const { market, peer, clock, told } = createDxLinkBench();
    peer.cap = 1;
    peer.publish('Quote', 'SECRETSYM', { bidPrice: 1 });
    const readings = market.read(want('Quote', 'SECRETSYM'), { signal: calm(), timeoutMs: 1000 });
    await clock.advance(100);
    await readings;
    const refused = market.read(want('Trade', 'SECRETSYM', 'SECRETSYM2'), { signal: calm(), timeoutMs: 1000 });
    await clock.advance(100);
    expect(await refused).toMatchObject([{ reason: 'subscription-refused' }, { reason: 'subscription-refused' }]);
    peer.sendRaw(peer.last, 'SECRETSYM garbage');
    peer.dropAll();
    await clock.advance(2000);
    expect(told.length).toBeGreaterThan(2);
    expect(JSON.stringify(told)).not.toMatch(/SECRETSYM|token-1/u);
    await market.close();
  });
});
