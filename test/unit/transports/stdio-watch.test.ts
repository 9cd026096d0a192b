import type { JSONRPCMessage, Server, Transport } from '@modelcontextprotocol/server';
import { describe, expect, it, vi } from 'vitest';
import { createStdioWatch } from '../../../src/transports/stdio-watch.ts';

/** A connection on which the test plays the client, the SDK behind it, and what can be watched. */
function bench(isThere: (uri: string) => Promise<boolean> = async (uri) => !uri.includes('foreign')) {
  const sets: (readonly string[])[] = [];
  let update: (uri: string) => void = () => {};
  let closed = 0;
  const watch = createStdioWatch({
    isThere,
    openWatch(onUpdate) {
      update = onUpdate;
      return { set: async (uris) => void sets.push(uris), uris: [], close: () => (closed += 1) };
    },
  });
  const inner: Transport = { start: async () => {}, send: async () => {}, close: async () => {} };
  const passed: JSONRPCMessage[] = [];
  const outer = watch.over(inner);
  outer.onmessage = (message) => void passed.push(message);
  return {
    watch,
    sets,
    passed,
    start: () => outer.start(),
    say: (message: JSONRPCMessage) => inner.onmessage?.(message),
    update: (uri: string) => update(uri),
    closed: () => closed,
  };
}

const listen = (id: number, uris: unknown): JSONRPCMessage => ({
  jsonrpc: '2.0',
  id,
  method: 'subscriptions/listen',
  params: { notifications: { toolsListChanged: true, resourceSubscriptions: uris } },
});
const cancel = (requestId: number): JSONRPCMessage => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId },
});

describe('watching over stdio', () => {
  it('lets a subscription of the 2026 era name only what is there, and watches that', async () => {
    const { start, say, passed, sets } = bench();
    await start();
    say(listen(1, ['a://1', 'foreign://2', 'a://1', 7]));
    await vi.waitFor(() => expect(passed).toHaveLength(1));
    expect(passed[0]).toMatchObject({
      id: 1,
      params: { notifications: { toolsListChanged: true, resourceSubscriptions: ['a://1'] } },
    });
    expect(sets).toEqual([['a://1']]);
  });

  it('does not let a cancellation overtake its subscription, and forgets what was cancelled', async () => {
    const gate = Promise.withResolvers<boolean>();
    const { start, say, passed, sets } = bench(() => gate.promise);
    await start();
    say(listen(1, ['a://1']));
    say(cancel(1));
    say({ jsonrpc: '2.0', id: 2, method: 'tools/list' });
    expect(passed).toMatchObject([{ id: 2 }]);
    gate.resolve(true);
    await vi.waitFor(() => expect(passed).toHaveLength(3));
    expect(passed.slice(1)).toMatchObject([{ id: 1 }, { params: { requestId: 1 } }]);
    await vi.waitFor(() => expect(sets.at(-1)).toEqual([]));
  });

  it('passes on what is no subscription of resources as it is, and one that cannot be looked at', async () => {
    const { start, say, passed } = bench(async () => Promise.reject(new Error('away')));
    await start();
    const odd = [listen(1, 'a://1'), { ...listen(2, []), params: {} }];
    odd.forEach(say);
    await vi.waitFor(() => expect(passed).toEqual(odd));
  });

  it('tells over the server that serves, for either era, and lets go at the end', async () => {
    const { watch, sets, update, closed } = bench();
    await watch.watched.add('a://1');
    await watch.watched.add('a://2');
    await watch.watched.remove('a://1');
    expect(sets).toEqual([['a://1'], ['a://1', 'a://2'], ['a://2']]);
    update('a://2');
    const told: string[] = [];
    watch.tellThrough({ sendResourceUpdated: async ({ uri }: { uri: string }) => void told.push(uri) } as Server);
    update('a://2');
    expect(told).toEqual(['a://2']);
    watch.close();
    expect(closed()).toBe(1);
  });
});
