import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { createDxLinkBench, settle, want } from '../../support/dxlink-bench.ts';

const calm = (): AbortSignal => new AbortController().signal;

describe('read', () => {
  it('connects in the strict order and answers with the first values', async () => {
    const { market, peer, clock, tokens } = createDxLinkBench();
    peer.publish('Quote', 'SPY', { bidPrice: 559.36, askPrice: 559.38, bidSize: 3, askSize: 'NaN' });
    peer.publish('Quote', '.SPY261218C600', { bidPrice: 0, bidSize: 0, askPrice: 0.05, askSize: 12 });
    const reading = market.read(want('Quote', 'SPY', '.SPY261218C600'), { signal: calm(), timeoutMs: 1000 });
    await settle(clock);
    expect(await reading).toEqual([
      {
        kind: 'value',
        symbol: 'SPY',
        event: { kind: 'Quote', symbol: 'SPY', bid: '559.36', ask: '559.38', bidSize: '3', asOf: clock.now() },
        ageMs: 0,
        confirmedAgeMs: 0,
      },
      {
        kind: 'value',
        symbol: '.SPY261218C600',
        event: { kind: 'Quote', symbol: '.SPY261218C600', ask: '0.05', askSize: '12', asOf: clock.now() },
        ageMs: 0,
        confirmedAgeMs: 0,
      },
    ]);
    expect(peer.violations).toEqual([]);
    expect(peer.last.received.map((frame) => frame.type)).toEqual([
      'SETUP',
      'AUTH',
      'CHANNEL_REQUEST',
      'FEED_SETUP',
      'FEED_SUBSCRIPTION',
    ]);
    expect(tokens.calls).toBe(1);
    await market.close();
  });

  it('serves a hundred callers at once over one socket, one token and one subscription', async () => {
    const { market, peer, clock, tokens } = createDxLinkBench();
    peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 2 });
    const readings = Array.from({ length: 100 }, () =>
      market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 }),
    );
    await settle(clock);
    const answers = await Promise.all(readings);
    expect(answers.every(([reading]) => reading?.kind === 'value')).toBe(true);
    expect(tokens.calls).toBe(1);
    expect(peer.sessions).toHaveLength(1);
    expect(peer.last.received.filter((frame) => frame.type === 'FEED_SUBSCRIPTION')).toHaveLength(1);
  });

  it('reads all four kinds of one symbol', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.publish('Trade', 'SPX', { price: 6712.44, change: -3.5, dayVolume: 'NaN' });
    peer.publish('Summary', 'SPX', { dayOpenPrice: 6700, prevDayClosePrice: 6715.94, openInterest: 0 });
    peer.publish('Greeks', 'SPX', { delta: 0.51, gamma: 1.5e-7, theta: -0.12, volatility: 0.18 });
    const readings = market.read(
      [...want('Trade', 'SPX'), ...want('Summary', 'SPX'), ...want('Greeks', 'SPX'), ...want('Quote', 'SPX')],
      { signal: calm(), timeoutMs: 1000 },
    );
    await clock.advance(1000);
    expect((await readings).map((reading) => (reading.kind === 'value' ? reading.event : reading.reason))).toEqual([
      { kind: 'Trade', symbol: 'SPX', price: '6712.44', change: '-3.5', asOf: clock.now() - 1000 },
      expect.objectContaining({ kind: 'Summary', dayOpen: '6700', prevDayClose: '6715.94', openInterest: '0' }),
      expect.objectContaining({ kind: 'Greeks', delta: '0.51', gamma: '0.00000015', theta: '-0.12' }),
      'no-data-before-deadline',
    ]);
  });

  it('returns at the deadline what it has, although a busy symbol never stops', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.publish('Quote', 'BUSY', { bidPrice: 1, askPrice: 2 });
    let answer: unknown;
    const reading = market.read(want('Quote', 'BUSY', 'DEAD'), { signal: calm(), timeoutMs: 2000 });
    void reading.then((value) => (answer = value));
    for (let tick = 0; tick < 19; tick += 1) {
      await clock.advance(100);
      peer.publish('Quote', 'BUSY', { bidPrice: 1 + tick, askPrice: 20 });
    }
    expect(answer).toBeUndefined();
    await clock.advance(100);
    const [busy, dead] = await reading;
    expect(busy).toMatchObject({ kind: 'value', event: { bid: '19' } });
    expect(dead).toEqual({ kind: 'missing', symbol: 'DEAD', wanted: 'Quote', reason: 'no-data-before-deadline' });
  });

  it('answers nothing wanted without connecting', async () => {
    const { market, tokens } = createDxLinkBench();
    expect(await market.read([], { signal: calm(), timeoutMs: 1000 })).toEqual([]);
    expect(tokens.calls).toBe(0);
  });

  it('gives the same symbol twice when it is wanted twice', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 2 });
    const reading = market.read(want('Quote', 'SPY', 'SPY'), { signal: calm(), timeoutMs: 1000 });
    await settle(clock);
    expect(await reading).toHaveLength(2);
    expect(peer.last.subscribed.size).toBe(1);
  });
});

describe('a caller who leaves', () => {
  it('is told so, and gives its subscriptions back at once', async () => {
    const { market, peer, clock } = createDxLinkBench({ lingerMs: 0 });
    const abort = new AbortController();
    const reading = market.read(want('Quote', 'DEAD'), { signal: abort.signal, timeoutMs: 60_000 });
    const outcome = reading.catch((error: unknown) => error);
    await settle(clock);
    expect(peer.last.subscribed.size).toBe(1);
    abort.abort(new Error('gone'));
    expect(await outcome).toMatchObject({ code: 'cancelled' });
    await clock.advance(100);
    expect(peer.last.subscribed.size).toBe(0);
  });

  it('is refused before anything is asked for when it has left already', async () => {
    const { market, tokens } = createDxLinkBench();
    const reading = market.read(want('Quote', 'SPY'), { signal: AbortSignal.abort(), timeoutMs: 1000 });
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
    expect(tokens.calls).toBe(0);
  });

  it('does not take the subscription from another who still waits', async () => {
    const { market, peer, clock } = createDxLinkBench({ lingerMs: 0 });
    const abort = new AbortController();
    const leaving = market.read(want('Quote', 'SPY'), { signal: abort.signal, timeoutMs: 5000 }).catch(() => 'left');
    const staying = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 5000 });
    await settle(clock);
    abort.abort();
    expect(await leaving).toBe('left');
    await clock.advance(200);
    peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 2 });
    await settle(clock);
    expect(await staying).toMatchObject([{ kind: 'value' }]);
  });
});

describe('a token that cannot be had', () => {
  it('rejects every reader when the login is gone, and asks again for the next', async () => {
    const { market, peer, clock, tokens } = createDxLinkBench();
    const good = tokens.answer;
    tokens.answer = () => Promise.reject(new GatewayError('reconnect_needed', 'The login is gone.'));
    const readings = [1, 2].map(() =>
      market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 5000 }).catch((error: unknown) => error),
    );
    await settle(clock);
    expect(await Promise.all(readings)).toMatchObject([{ code: 'reconnect_needed' }, { code: 'reconnect_needed' }]);
    await clock.advance(600_000);
    expect(tokens.calls).toBe(1);

    tokens.answer = good;
    peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 2 });
    const later = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 5000 });
    await settle(clock);
    expect(await later).toMatchObject([{ kind: 'value' }]);
  });

  it.each([
    ['the broker fails', new GatewayError('broker_unavailable', 'Down.')],
    ['something of ours breaks', new TypeError('broken')],
  ])('is feed-unavailable by the deadline when %s', async (_, error) => {
    const { market, clock, tokens } = createDxLinkBench();
    tokens.answer = () => Promise.reject(error);
    const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 5000 });
    await clock.advance(5000);
    expect(await reading).toMatchObject([{ kind: 'missing', reason: 'feed-unavailable' }]);
    expect(tokens.calls).toBeGreaterThan(2);
  });

  it('keeps trying within the deadline', async () => {
    const { market, peer, clock, tokens } = createDxLinkBench();
    const good = tokens.answer;
    tokens.answer = () => Promise.reject(new GatewayError('broker_unavailable', 'Down.'));
    peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 2 });
    const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 5000 });
    await clock.advance(200);
    tokens.answer = good;
    await clock.advance(1000);
    expect(await reading).toMatchObject([{ kind: 'value' }]);
  });

  it('waits as long as the broker asked for', async () => {
    const { market, clock, tokens } = createDxLinkBench();
    tokens.answer = () => Promise.reject(new GatewayError('broker_rate_limited', 'Too many.', { retryAfterMs: 4000 }));
    const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 10_000 });
    await clock.advance(3900);
    expect(tokens.calls).toBe(1);
    await clock.advance(200);
    expect(tokens.calls).toBe(2);
    await clock.advance(6000);
    await reading;
  });

  it('gives up on a broker that does not answer at all', async () => {
    const { market, clock, tokens } = createDxLinkBench();
    tokens.answer = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('late', 'TimeoutError')), { once: true });
      });
    const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 40_000 });
    await clock.advance(20_000);
    expect(tokens.calls).toBe(2);
    await clock.advance(20_000);
    expect(await reading).toMatchObject([{ reason: 'feed-unavailable' }]);
  });

  it.each(['https://feed.invalid/', 'not a url', 'wss://feed.invalid/#x', 'file:///etc/passwd'])(
    'never connects to %s',
    async (url) => {
      const { market, clock, tokens, sockets } = createDxLinkBench();
      tokens.answer = async () => ({ token: 't', url });
      const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 });
      await clock.advance(1000);
      expect(await reading).toMatchObject([{ reason: 'feed-unavailable' }]);
      expect(sockets.urls).toEqual([]);
    },
  );
});

describe('close', () => {
  it('ends pending reads with what they have, and the socket', async () => {
    const { market, peer, clock } = createDxLinkBench();
    peer.publish('Quote', 'SPY', { bidPrice: 1, askPrice: 2 });
    const reading = market.read(want('Quote', 'SPY', 'DEAD'), { signal: calm(), timeoutMs: 60_000 });
    await settle(clock);
    await market.close();
    expect(await reading).toMatchObject([{ kind: 'value' }, { kind: 'missing', reason: 'feed-unavailable' }]);
    expect(peer.open).toHaveLength(0);
    const after = await market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 1000 });
    expect(after).toMatchObject([{ reason: 'feed-unavailable' }]);
    await market.close();
  });

  it('withdraws a token call that is under way', async () => {
    const { market, clock, tokens, sockets } = createDxLinkBench();
    let withdrawn = false;
    tokens.answer = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          withdrawn = true;
          reject(signal.reason);
        });
      });
    const reading = market.read(want('Quote', 'SPY'), { signal: calm(), timeoutMs: 60_000 });
    await settle(clock);
    await market.close();
    expect(withdrawn).toBe(true);
    expect(await reading).toMatchObject([{ reason: 'feed-unavailable' }]);
    await clock.advance(600_000);
    expect(sockets.urls).toEqual([]);
    expect(tokens.calls).toBe(1);
  });
});
