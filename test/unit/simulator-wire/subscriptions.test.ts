import { describe, expect, it } from 'vitest';
import { createSubscriptions } from '../../../src/simulator/dxlink-server/subscriptions.ts';

const always = (): boolean => true;
const quotes = (count: number) => Array.from({ length: count }, (_, index) => ({ type: 'Quote', symbol: `S${index}` }));

describe('the subscriptions of a channel', () => {
  it('resets, removes and adds, in this order', () => {
    const subscriptions = createSubscriptions();
    subscriptions.change({ add: quotes(3) }, always);
    subscriptions.change(
      { reset: true, remove: [{ type: 'Quote', symbol: 'S9' }], add: [{ type: 'Trade', symbol: 'S9' }] },
      always,
    );
    expect(subscriptions.nextBatch().map(({ type, symbol }) => `${type} ${symbol}`)).toEqual(['Trade S9']);
  });

  it('takes nothing for which there is no room, and keeps what it has', () => {
    const subscriptions = createSubscriptions();
    const room = (): boolean => subscriptions.count() < 2;
    expect(subscriptions.change({ add: quotes(5) }, room)).toMatchObject({ refused: 3 });
    // A second wish for the same entry needs no room.
    expect(subscriptions.change({ add: quotes(2) }, room)).toMatchObject({ refused: 0 });
    expect(subscriptions.count()).toBe(2);
  });

  it('ignores what is no subscription', () => {
    const subscriptions = createSubscriptions();
    const add = [
      null,
      7,
      {},
      { type: 'Quote' },
      { type: 'NoSuch', symbol: 'SPY' },
      { type: 'toString', symbol: 'SPY' },
    ];
    expect(subscriptions.change({ add, remove: 'all' }, always)).toEqual({ added: [], refused: 0 });
  });

  it('hands out every entry once a round, however many there are', () => {
    const subscriptions = createSubscriptions();
    subscriptions.change({ add: quotes(4_500) }, always);
    const seen: string[] = [];
    do seen.push(...subscriptions.nextBatch().map(({ symbol }) => symbol));
    while (subscriptions.isMidRound());
    expect(new Set(seen).size).toBe(4_500);
    expect(seen).toHaveLength(4_500);
  });
});
