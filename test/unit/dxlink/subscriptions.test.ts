import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChangeRate } from '../../../src/broker/dxlink/change-rate.ts';
import { Subscriptions } from '../../../src/broker/dxlink/subscriptions.ts';
import type { FeedSubscription } from '../../../src/broker/dxlink/messages.ts';
import { wantedKey } from '../../../src/broker/quotes/market-feed.ts';
import { want } from '../../support/dxlink-bench.ts';

const [A, B] = want('Quote', 'A', 'B');
if (A === undefined || B === undefined) throw new Error('unreachable');

/** Sends all that may be sent now. */
function flush(subscriptions: Subscriptions, nowMs = 0): FeedSubscription[] {
  const frames: FeedSubscription[] = [];
  for (let step = subscriptions.next(nowMs); step?.kind === 'send'; step = subscriptions.next(nowMs)) {
    frames.push(step.frame);
  }
  return frames;
}

/** What a server holds after these frames. */
function applyTo(server: Set<string>, frames: readonly FeedSubscription[]): void {
  for (const { reset, add, remove } of frames) {
    if (reset === true) server.clear();
    for (const { type, symbol } of remove ?? []) server.delete(`${type} ${symbol}`);
    for (const { type, symbol } of add ?? []) server.add(`${type} ${symbol}`);
  }
}

describe('Subscriptions', () => {
  it('tells the first batch with a reset and later ones without', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add(A);
    expect(flush(subscriptions)).toEqual([
      { type: 'FEED_SUBSCRIPTION', channel: 1, reset: true, add: [{ type: 'Quote', symbol: 'A' }] },
    ]);
    subscriptions.add(B);
    expect(flush(subscriptions)).toEqual([
      { type: 'FEED_SUBSCRIPTION', channel: 1, add: [{ type: 'Quote', symbol: 'B' }] },
    ]);
  });

  it('says nothing of what was taken back before it was told', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add(A);
    subscriptions.remove(A);
    expect(flush(subscriptions)).toEqual([]);
  });

  it('lets go before it takes again, so that the value is told anew', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add(A);
    flush(subscriptions);
    subscriptions.remove(A);
    subscriptions.add(A);
    const item = { type: 'Quote', symbol: 'A' };
    expect(flush(subscriptions)).toMatchObject([{ remove: [item] }, { add: [item] }]);
  });

  it('refuses nothing that has answered, nor what was asked long ago', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add(A);
    flush(subscriptions, 0);
    subscriptions.add(B);
    flush(subscriptions, 6_000);
    expect(subscriptions.refuse(6_100)).toEqual([B]);
    expect(subscriptions.size).toBe(1);
    expect(flush(subscriptions, 6_200)).toMatchObject([{ remove: [{ symbol: 'B' }] }]);
    subscriptions.add(B);
    flush(subscriptions, 7_000);
    subscriptions.answered(B);
    expect(subscriptions.refuse(7_100)).toEqual([]);
  });

  it('sends even an endless symbol in a frame of its own', () => {
    const subscriptions = new Subscriptions();
    const [long] = want('Quote', 'X'.repeat(20_000));
    if (long === undefined) throw new Error('unreachable');
    for (const wanted of [A, long, B]) subscriptions.add(wanted);
    expect(flush(subscriptions).map(({ add }) => add?.length)).toEqual([1, 1, 1]);
  });

  it('stops what was removed between a resync and its frames', () => {
    const subscriptions = new Subscriptions();
    const [wanted] = want('Quote', 'E');
    if (wanted === undefined) throw new Error('unreachable');
    const server = new Set<string>();
    subscriptions.add(wanted);
    applyTo(server, flush(subscriptions));
    subscriptions.resync();
    subscriptions.remove(wanted);
    applyTo(server, flush(subscriptions));
    expect(server).toEqual(new Set());
  });

  it('leaves the server with exactly what is desired, after any history', () => {
    const step = fc.oneof(
      fc.record({ act: fc.constantFrom('add' as const, 'remove' as const), index: fc.integer({ min: 0, max: 5 }) }),
      fc.record({ act: fc.constantFrom('flush' as const, 'reconnect' as const, 'resync' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const all = want('Quote', 'A', 'B', 'C', 'D', 'E', 'F');
        const subscriptions = new Subscriptions();
        const server = new Set<string>();
        const desired = new Set<string>();
        for (const each of steps) {
          if (each.act === 'flush') applyTo(server, flush(subscriptions));
          if (each.act === 'resync') subscriptions.resync();
          if (each.act === 'reconnect') {
            server.clear();
            subscriptions.restart();
          }
          const wanted = 'index' in each ? all[each.index] : undefined;
          if (wanted === undefined) continue;
          if (each.act === 'add') {
            subscriptions.add(wanted);
            desired.add(wantedKey(wanted));
          } else {
            subscriptions.remove(wanted);
            desired.delete(wantedKey(wanted));
          }
        }
        applyTo(server, flush(subscriptions));
        expect(server).toEqual(desired);
      }),
    );
  });
});

describe('ChangeRate', () => {
  it('never lets more through in any minute than it may', () => {
    const spending = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 20_000 }), wish: fc.nat({ max: 60 }) }));
    fc.assert(
      fc.property(spending, (steps) => {
        const rate = new ChangeRate(100);
        const spent: { atMs: number; count: number }[] = [];
        let nowMs = 0;
        for (const { afterMs, wish } of steps) {
          nowMs += afterMs;
          const count = Math.min(wish, rate.available(nowMs));
          if (count === 0) continue;
          rate.spend(count, nowMs);
          spent.push({ atMs: nowMs, count });
          const inMinute = spent.filter(({ atMs }) => atMs > nowMs - 60_000);
          expect(inMinute.reduce((total, { count }) => total + count, 0)).toBeLessThanOrEqual(100);
        }
      }),
    );
  });

  it('says when there is room again', () => {
    const rate = new ChangeRate(10);
    rate.spend(4, 0);
    rate.spend(6, 30_000);
    expect(rate.available(40_000)).toBe(0);
    expect(rate.waitMs(40_000)).toBe(20_000);
    expect(rate.available(60_000)).toBe(4);
  });
});
