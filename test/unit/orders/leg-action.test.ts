import { describe, expect, it } from 'vitest';
import { LEG_ACTIONS, isBuy } from '../../../src/broker/model/order.ts';
import type { LegAction } from '../../../src/broker/model/order.ts';
import { parseAction } from '../../../src/orders/ticket/leg-action.ts';

const SPELLINGS: [string, LegAction][] = [
  ['buy', 'Buy'],
  ['BUY', 'Buy'],
  [' Sell ', 'Sell'],
  ['buy to open', 'Buy to Open'],
  ['BUY_TO_CLOSE', 'Buy to Close'],
  ['Sell  to\topen', 'Sell to Open'],
  ['sell-to-close', 'Sell to Close'],
];

const UNKNOWN = [
  '',
  'b',
  'bto',
  'long',
  'short',
  'buy open',
  'buy to',
  'to open',
  'buytoopen',
  'sell short',
  'buy or sell',
  'buy sell',
  'not buy',
  'buy!',
  'bυy',
  'ѕell',
  'buy\u0000',
  'Kaufen',
  'constructor',
  '__proto__',
];

describe('an action', () => {
  it.each(SPELLINGS)('%j is %j', (words, action) => {
    expect(parseAction(words)).toBe(action);
  });

  it.each(UNKNOWN)('%j is refused', (words) => {
    expect(() => parseAction(words)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });

  it('never changes side by its spelling', () => {
    for (const action of LEG_ACTIONS) {
      for (const spelt of [action.toLowerCase(), action.toUpperCase(), action.replaceAll(' ', '_'), `  ${action}`]) {
        expect(isBuy(parseAction(spelt))).toBe(isBuy(action));
      }
    }
  });
});
