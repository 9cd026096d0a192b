import { describe, expect, it } from 'vitest';
import type { OptionChain } from '../../../src/broker/model/chain.ts';
import { brokerSymbol } from '../../../src/broker/model/symbol.ts';
import { sharedLoad } from '../../../src/broker/tastytrade/shared-load.ts';
import type { SharedReference } from '../../../src/broker/upstream.ts';
import { createMemoryLevel } from '../../../src/cache/memory-level.ts';
import { type ErrorCode, GatewayError } from '../../../src/core/errors.ts';
import { createSingleFlight } from '../../../src/core/single-flight.ts';
import { openCache } from '../../support/cache-bench.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const CHAIN: OptionChain = { underlying: brokerSymbol('SPY'), optionType: 'Equity Option', expirations: [] };
const key = { kind: 'chain:equity', symbol: brokerSymbol('SPY') } as const;
const anything = { 'chain:equity': () => true, 'chain:future': () => true };

function setUp() {
  const clock = createManualClock();
  const { cache } = openCache({ level: createMemoryLevel(clock, 10), clock, shapes: anything });
  const shared = {
    through: (wanted, load) => cache.through({ ...wanted, environment: 'paper' }, load as never) as never,
  } satisfies SharedReference;
  const counts = { shared: 0, alone: 0 };
  /** The calls of one tenant. */
  const tenant = (answer: () => Promise<OptionChain>) => {
    const flight = createSingleFlight<OptionChain>();
    const beginAlone = () =>
      flight('SPY', () => {
        counts.alone += 1;
        return answer();
      });
    const begin = () => {
      counts.shared += 1;
      return answer();
    };
    return (signal = new AbortController().signal) => sharedLoad({ shared, key, begin, beginAlone }, { signal });
  };
  const slowly = (work: () => OptionChain) => async () => {
    await clock.sleep(1000);
    return work();
  };
  const failing = (code: ErrorCode) =>
    slowly(() => {
      throw new GatewayError(code, 'It failed.', { brokerSaid: 'about account X', details: { of: 'one tenant' } });
    });
  return { clock, counts, tenant, slowly, failing };
}

describe('a load that is shared', () => {
  it('goes on for the others, and is kept, when whoever began it hangs up', async () => {
    const { clock, counts, tenant, slowly } = setUp();
    const leaving = new AbortController();
    const [first, second] = [tenant(slowly(() => CHAIN)), tenant(slowly(() => CHAIN))];
    const left = expect(first(leaving.signal)).rejects.toThrow('gone');
    const waits = second();
    await clock.advance(500);
    leaving.abort(new Error('gone'));
    await left;
    await clock.advance(500);
    expect(await waits).toEqual(CHAIN);
    expect(await second()).toEqual(CHAIN);
    expect(counts).toEqual({ shared: 1, alone: 0 });
  });

  it('that fails is told to whoever asked in full, and to others without what the broker said', async () => {
    const { clock, counts, tenant, failing } = setUp();
    const asked = [tenant(failing('broker_unavailable')), tenant(failing('broker_unavailable'))].map((ask) => ask());
    const outcomes = Promise.allSettled(asked);
    await clock.advance(1000);
    const [own, others] = (await outcomes).map((one) =>
      one.status === 'rejected' ? (one.reason as GatewayError) : undefined,
    );
    expect(own).toMatchObject({ code: 'broker_unavailable', brokerSaid: 'about account X' });
    expect(others).toMatchObject({ code: 'broker_unavailable', message: 'It failed.' });
    expect([others?.brokerSaid, others?.details]).toEqual([undefined, undefined]);
    expect(counts.shared).toBe(1);
  });

  it('that fails for reasons of others again and again is made for each tenant by itself in the end, once', async () => {
    const { clock, counts, tenant, slowly, failing } = setUp();
    const unlucky = [tenant(failing('rate_limited')), tenant(failing('reconnect_needed'))].map((ask) => ask());
    const lucky = tenant(slowly(() => CHAIN));
    const waits = Array.from({ length: 20 }, () => lucky());
    const refused = Promise.allSettled(unlucky);
    await clock.advance(3000);
    expect((await refused).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await Promise.all(waits)).toEqual(waits.map(() => CHAIN));
    expect(counts).toEqual({ shared: 2, alone: 1 });
  });
});
