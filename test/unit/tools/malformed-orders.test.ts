import { describe, expect, it } from 'vitest';
import type { Bench } from '../../support/fake-broker-bench.ts';
import { MALFORMED, SHARES, bare, closing, option, order, stop } from './malformed-tickets.ts';
import { desk, hold } from './order-desk.ts';

/** 100 shares are held, and two options are short. */
function market(): Bench {
  const bench = desk();
  hold(bench, 'SPY', 100);
  hold(bench, 'SPY   261218C00605000', -2);
  return bench;
}

const writes = (bench: Bench): string[] =>
  bench.calls.map(({ operation }) => operation).filter((name) => /^orders\.(?:place|replace|cancel)/u.test(name));

describe('a malformed ticket', () => {
  it('is tried in more than a hundred ways', () => {
    expect(MALFORMED.length).toBeGreaterThan(100);
  });

  it('would be sent if it were well formed', async () => {
    const bench = market();
    await bench.ask('place_order', SHARES);
    await bench.ask('place_order', option({}));
    await bench.ask('place_order', closing());
    await bench.ask('place_order', stop());
    await bench.ask('place_order', { legs: [bare], order_type: 'Notional Market', value: 100 });
    await bench.ask('place_complex_order', { type: 'OCO', orders: [closing(), stop()] });
    await bench.ask('place_complex_order', { type: 'OTO', orders: [order({ price: -599 }), stop()] });
    expect(writes(bench)).toHaveLength(7);
  });

  const cases = MALFORMED.map(([what, args, tool = 'place_order']) => ({ what, args, tool }));
  it.each(cases)('$what is refused, says what is wrong, and leaves nothing behind', async ({ args, tool }) => {
    const bench = market();
    const error = await bench.refusal(tool, args);
    expect(error.code).toMatch(/^(?:invalid_input|not_found|confirmation_invalid)$/u);
    expect(error.retry).toBe('after-change');
    expect(error.message.length).toBeLessThan(1500);
    expect(writes(bench)).toEqual([]);
    expect(bench.ledger.all()).toEqual([]);
  });
});
