import { describe, expect, it } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { TenantContext } from '../../../src/tenancy/tenant-context.ts';
import type { ResourceListener, ResourceTemplate } from '../../../src/tools/pack.ts';
import { createRegistry } from '../../../src/tools/registry.ts';
import { watchResources } from '../../../src/transports/mcp/watch-resources.ts';
import { createWatchSlots } from '../../../src/transports/mcp/watch-slots.ts';
import { callerOf } from '../../support/edge/stub-tenant.ts';
import { createManualClock } from '../../support/manual-clock.ts';

/** A stream that watches things of a test, whose source the test speaks for. */
function bench() {
  const clock = createManualClock();
  const sources = new Map<string, ResourceListener>();
  const stops: string[] = [];
  const absent = new Set<string>();
  const things: ResourceTemplate = {
    uriTemplate: 'thing://{name}',
    name: 'thing',
    title: 'Thing',
    description: 'A thing that changes.',
    mimeType: 'text/plain',
    scope: 'read',
    read: async (uri) => ({ uri, mimeType: 'text/plain', text: '' }),
    async watch({ name = '' }, _, listener) {
      if (absent.has(name)) throw new GatewayError('not_found', 'There is no such thing.');
      sources.set(name, listener);
      return () => {
        if (sources.get(name) === listener) sources.delete(name);
        stops.push(name);
      };
    },
  };
  const state = { broker: {} as Broker, refuse: undefined as GatewayError | undefined, opened: 0 };
  const told: string[] = [];
  const slots = createWatchSlots();
  let refusals = 0;
  const watch = watchResources({
    registry: createRegistry([{ resourceTemplates: [things] }]),
    caller: callerOf('ada', 'read'),
    async openContext() {
      state.opened += 1;
      if (state.refuse !== undefined) throw state.refuse;
      return { broker: state.broker } as TenantContext;
    },
    slots,
    clock,
    log: silentLog,
    onUpdate: (uri) => told.push(uri),
    onRefused: () => (refusals += 1),
  });
  return { clock, sources, stops, absent, state, told, slots, watch, refusals: () => refusals };
}

describe('what a stream watches', () => {
  it('is told at once, then once a second at most, however fast it changes, and not when it does not', async () => {
    const { clock, sources, told, watch } = bench();
    await watch.set(['thing://a', 'thing://b']);
    for (let n = 0; n < 100; n += 1) {
      sources.get('a')?.changed();
      await clock.advance(50);
    }
    // At 0, 1, 2, 3, 4 and 5 seconds.
    expect(told).toHaveLength(6);
    sources.get('b')?.changed();
    await clock.advance(10_000);
    expect(told).toEqual([...Array.from({ length: 6 }, () => 'thing://a'), 'thing://b']);
  });

  it('follows what is asked for: what is no longer named is let go', async () => {
    const { sources, stops, told, watch, clock } = bench();
    await watch.set(['thing://a', 'thing://b']);
    await watch.set(['thing://b', 'thing://c']);
    expect([...sources.keys()].toSorted()).toEqual(['b', 'c']);
    expect(stops).toEqual(['a']);
    sources.get('b')?.changed();
    await watch.set([]);
    await clock.advance(5000);
    expect(sources.size).toBe(0);
    expect(told).toEqual(['thing://b']);
  });

  it('is let go with the stream, with nothing told and no place taken afterwards', async () => {
    const { sources, slots, told, watch, clock } = bench();
    await watch.set(['thing://a', 'thing://b']);
    const source = sources.get('a');
    source?.changed();
    source?.changed();
    watch.close();
    watch.close();
    source?.changed();
    await clock.advance(120_000);
    expect(sources.size).toBe(0);
    expect(told).toEqual(['thing://a']);
    const places = Array.from({ length: 257 }, () => slots.take('["https://issuer.test","ada"]'));
    expect(places.filter((place) => place !== undefined)).toHaveLength(256);
  });

  it('is bounded: for one stream, and for all streams of a subject', async () => {
    const { sources, slots, watch } = bench();
    await watch.set(Array.from({ length: 100 }, (_, n) => `thing://${n}`));
    expect(sources.size).toBe(32);
    await watch.set([]);
    for (let n = 0; n < 250; n += 1) slots.take('["https://issuer.test","ada"]');
    await watch.set(Array.from({ length: 32 }, (_, n) => `thing://${n}`));
    expect(watch.uris).toHaveLength(6);
  });

  it('does not hear of what is not there, and hears of it once it is', async () => {
    const { clock, absent, sources, told, watch } = bench();
    absent.add('a');
    await watch.set(['thing://a', 'nothing://b']);
    expect(sources.size).toBe(0);
    absent.delete('a');
    await clock.advance(60_000);
    sources.get('a')?.changed();
    expect(told).toEqual(['thing://a']);
  });

  it('is watched anew when its source ended, or the broker connection is another one', async () => {
    const { clock, sources, state, stops, told, watch } = bench();
    await watch.set(['thing://a']);
    const first = sources.get('a');
    first?.ended();
    await clock.advance(60_000);
    const second = sources.get('a');
    expect(second).not.toBe(first);
    first?.ended();
    state.broker = {} as Broker;
    await clock.advance(60_000);
    expect(stops).toEqual(['a']);
    expect(sources.get('a')).not.toBe(second);
    sources.get('a')?.changed();
    expect(told).toEqual(['thing://a']);
  });

  it('keeps the connection in use once a minute, and costs nothing while nothing is watched', async () => {
    const { clock, state, watch } = bench();
    await clock.advance(600_000);
    expect(state.opened).toBe(0);
    await watch.set(['thing://a']);
    await clock.advance(600_000);
    expect(state.opened).toBe(11);
  });

  it('survives that its caller cannot be looked up for a while, and says when the caller may not go on', async () => {
    const { clock, state, sources, watch, refusals } = bench();
    state.refuse = new GatewayError('storage_unavailable', 'The database is away.');
    await watch.set(['thing://a']);
    expect(sources.size).toBe(0);
    expect(refusals()).toBe(0);
    state.refuse = undefined;
    await clock.advance(60_000);
    expect(sources.size).toBe(1);
    state.refuse = new GatewayError('tenant_unknown', 'No tenant.');
    await clock.advance(60_000);
    expect(refusals()).toBe(1);
  });
});
