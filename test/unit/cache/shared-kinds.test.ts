import { describe, expect, it } from 'vitest';
import type { OptionChain } from '../../../src/broker/model/chain.ts';
import type { AccountNumber, BrokerSymbol } from '../../../src/broker/model/symbol.ts';
import type { SharedKey, SharedKind, SharedReference } from '../../../src/broker/upstream.ts';
import { slotOf, stateKey, valueKey } from '../../../src/cache/slot-keys.ts';
import { type ReferenceKey, type ReferenceKind, referenceId } from '../../../src/cache/reference-key.ts';
import { createMemoryLevel } from '../../../src/cache/memory-level.ts';
import { equity, openCache } from '../../support/cache-bench.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const symbol = 'SPY' as BrokerSymbol;

/** Never run: that it compiles is the test, and each line that must not is expected not to. */
export function whatMayBeShared(shared: SharedReference, chain: OptionChain, account: AccountNumber): void {
  void shared.through({ kind: 'chain:equity', symbol }, async () => chain);
  void shared.through({ kind: 'chain:future', symbol }, async () => chain);
  // @ts-expect-error Quotes have no kind.
  void shared.through({ kind: 'quote', symbol }, async () => chain);
  // @ts-expect-error Balances have no kind.
  void shared.through({ kind: 'balances', symbol }, async () => chain);
  // @ts-expect-error Any text would do for a key.
  void shared.through('chain:equity:SPY', async () => chain);
  // @ts-expect-error An account has no chain.
  void shared.through({ kind: 'chain:equity', symbol: account }, async () => chain);
  // @ts-expect-error What is kept under a kind is of that kind.
  void shared.through({ kind: 'chain:equity', symbol }, async () => ({ bid: '1.00', ask: '1.01' }));
}

describe('what tenants share', () => {
  it('is of two kinds, in the cache and at the broker', () => {
    // Each is assignable to the other: a kind that one of them does not know does not compile.
    const kinds: { readonly [Kind in ReferenceKind]: SharedKind } & { readonly [Kind in SharedKind]: ReferenceKind } = {
      'chain:equity': 'chain:equity',
      'chain:future': 'chain:future',
    };
    const key: SharedKey = { kind: 'chain:equity', symbol };
    expect(Object.keys(kinds)).toHaveLength(2);
    expect(referenceId({ ...key, environment: 'live' })).toBe('live:chain:equity:SPY');
  });

  it('has a name of its own for every key', () => {
    const symbols = ['SPY', 'SPY:x', 'BRK/B', '/ES', '{SPY}', 'a}b', 'é', '%7D', ' '];
    const keys = (['live', 'sandbox', 'paper'] as const).flatMap((environment) =>
      (['chain:equity', 'chain:future'] as const).flatMap((kind) =>
        symbols.map((name): ReferenceKey => ({ environment, kind, symbol: name })),
      ),
    );
    const slots = keys.flatMap((key) => ['2026-11-24', '2026-11-25'].map((date) => ({ id: referenceId(key), date })));
    const made = slots.map(valueKey);
    expect(new Set(made).size).toBe(slots.length);
    expect(made.map(slotOf)).toEqual(slots);
    // A cluster keeps what is between the first pair of braces together.
    const tag = (key: string) => /\{([^}]+)\}/u.exec(key)?.[1];
    expect(slots.every((slot) => tag(valueKey(slot)) === tag(stateKey(slot)))).toBe(true);
  });

  it.each([
    '',
    'tg:chain:',
    'tg:chain:x',
    'tg:chain:{x}',
    'tg:chain:{%}:2026-11-24:1',
    'tg:chain:{x}:2026-11-24:0',
    'tg:fetch:{x}:2026-11-24:1',
  ])('is not under the key %j', (key) => {
    expect(slotOf(key)).toBeUndefined();
  });
});

describe('a warm look-up', () => {
  it('costs about a microsecond of processor time', async () => {
    const clock = createManualClock();
    const { cache } = openCache({ level: createMemoryLevel(clock, 10), clock });
    const keys = Array.from({ length: 50 }, (_, n) => equity(`S${n}`));
    const load = async () => ({ n: 1 });
    for (const key of keys) await cache.through(key, load);
    const rounds = Array.from({ length: 10 }, () => {
      const before = process.cpuUsage();
      for (let n = 0; n < 50_000; n += 1) void cache.through(keys[n % keys.length] ?? equity('S0'), load);
      return process.cpuUsage(before).user / 50_000;
    });
    // In processor time, the best of several rounds, and with room: a look-up that asked anybody would cost far more.
    expect(Math.min(...rounds)).toBeLessThan(3);
  });
});
