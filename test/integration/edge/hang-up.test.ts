import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readEvents } from '../../support/edge/event-reader.ts';
import { headersFor, initialize, inject, legacyRequest, modernRequest, openSession } from '../../support/edge/raw.ts';
import { startTestGateway } from '../../support/edge/test-gateway.ts';
import type { TestGateway } from '../../support/edge/test-gateway.ts';
import { testTools } from '../../support/edge/test-tools.ts';
import type { Witness } from '../../support/edge/test-tools.ts';

type Hung = { hangUp(): Promise<void> | void };

let gateway: TestGateway;
let witness: Witness;
beforeEach(async () => {
  const tools = testTools();
  witness = tools.witness;
  gateway = await startTestGateway({ packs: [tools.pack] });
});
afterEach(async () => {
  witness.release();
  await gateway.close();
});

const { host: _host, ...HEADERS } = headersFor();

/** A POST whose connection can be cut while it is answered. */
function post({ headers: { host: _, ...headers }, body }: { headers: Record<string, string>; body: unknown }): Hung {
  const controller = new AbortController();
  const init = { method: 'POST', headers, body: JSON.stringify(body), signal: controller.signal };
  fetch(`${gateway.url}/mcp`, init).catch(() => {});
  return { hangUp: () => controller.abort() };
}

const WAYS: readonly { name: string; start: (tool: string) => Promise<Hung> }[] = [
  {
    name: 'a modern POST is cut',
    start: async (name) => post(modernRequest('tools/call', { name, arguments: {} })),
  },
  {
    name: 'a legacy POST is cut',
    start: async (name) => {
      const headers = { 'mcp-session-id': await openSession(gateway.app) };
      return post(legacyRequest('tools/call', { name, arguments: {} }, { headers }));
    },
  },
  {
    name: 'a legacy client cancels',
    start: async (name) => {
      const headers = headersFor({ 'mcp-session-id': await openSession(gateway.app) });
      post(legacyRequest('tools/call', { name, arguments: {} }, { headers, id: 'the call' }));
      const body = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'the call' } };
      return { hangUp: async () => void (await inject(gateway.app, { headers, body })) };
    },
  },
  {
    name: 'a legacy session is ended',
    start: async (name) => {
      const headers = headersFor({ 'mcp-session-id': await openSession(gateway.app) });
      post(legacyRequest('tools/call', { name, arguments: {} }, { headers }));
      return { hangUp: async () => void (await gateway.app.inject({ method: 'DELETE', url: '/mcp', headers })) };
    },
  },
  {
    name: 'an SSE stream is cut',
    start: async (name) => {
      const stream = await readEvents(`${gateway.url}/sse`, { headers: HEADERS });
      const url = (await stream.next())?.data ?? '';
      await inject(gateway.app, initialize(), url);
      await inject(gateway.app, legacyRequest('tools/call', { name, arguments: {} }), url);
      return stream;
    },
  },
];

describe.each(WAYS)('when $name', ({ start }) => {
  it('a read ends', async () => {
    const call = await start('wait');
    await witness.begun();
    expect(witness.events).toEqual([]);
    await call.hangUp();
    await vi.waitFor(() => expect(witness.events).toEqual(['aborted']));
  });

  it('a write is told, and runs to its end', async () => {
    const call = await start('send');
    await witness.begun();
    await call.hangUp();
    await vi.waitFor(() => expect(witness.events).toEqual(['told of the hang-up']));
    witness.release();
    await vi.waitFor(() => expect(witness.events).toEqual(['told of the hang-up', 'sent']));
  });
});

it('a call whose client stays is never told that it left', async () => {
  const { headers, body } = modernRequest('tools/call', { name: 'wait', arguments: {} });
  const { host: _, ...own } = headers;
  const answered = fetch(`${gateway.url}/mcp`, { method: 'POST', headers: own, body: JSON.stringify(body) });
  await witness.begun();
  witness.release();
  expect((await answered).status).toBe(200);
  expect(witness.events).toEqual(['released']);
});
