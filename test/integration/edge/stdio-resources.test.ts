import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { Pack, ResourceListener } from '../../../src/tools/pack.ts';
import { serveStdio } from '../../../src/transports/stdio.ts';
import { envelope } from '../../support/edge/raw.ts';
import { callerOf, stubOpenContext } from '../../support/edge/stub-tenant.ts';
import { testOffer } from '../../support/edge/test-gateway.ts';

const listeners = new Map<string, ResourceListener>();
const own = (id: string): void => {
  if (!id.startsWith('own')) throw new GatewayError('not_found', 'There is no such thing.');
};

/** Things with a source that a test speaks for; only those whose name begins with `own` are there. */
const PACK: Pack = {
  resourceTemplates: [
    {
      uriTemplate: 'thing://{id}',
      name: 'thing',
      title: 'Thing',
      description: 'A thing that changes.',
      mimeType: 'text/plain',
      scope: 'read',
      read: async (uri) => ({ uri, mimeType: 'text/plain', text: 'thing' }),
      check: async ({ id = '' }) => own(id),
      async watch({ id = '' }, _, listener) {
        own(id);
        listeners.set(id, listener);
        return () => listeners.delete(id);
      },
    },
  ],
};

let close = async (): Promise<void> => {};
afterEach(async () => {
  await close();
  listeners.clear();
});

function connect() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const heard: Record<string, unknown>[] = [];
  output.setEncoding('utf8');
  output.on('data', (text: string) => {
    for (const line of text.split('\n')) if (line !== '') heard.push(JSON.parse(line));
  });
  const server = serveStdio({
    offer: testOffer([PACK]),
    caller: callerOf('ada', 'read'),
    openContext: stubOpenContext({ clock: systemClock, ids: systemIds }),
    input,
    output,
    clock: systemClock,
    ids: systemIds,
    log: silentLog,
    onEnd: () => {},
  });
  close = () => server.close();
  const say = (message: Record<string, unknown>) => input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  return {
    heard,
    say,
    async ask(id: number, method: string, params: Record<string, unknown> = {}) {
      say({ id, method, params });
      return vi.waitFor(() => {
        const answer = heard.find((message) => message['id'] === id);
        if (answer === undefined) throw new Error('Not yet');
        return answer;
      });
    },
    updates: () => heard.filter(({ method }) => method === 'notifications/resources/updated'),
  };
}

describe('resources over stdio', () => {
  it('tell a 2025 client of their changes, until it no longer wants to know', async () => {
    const { ask, say, updates } = connect();
    const clientInfo = { name: 'raw', version: '1' };
    await ask(1, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
    say({ method: 'notifications/initialized' });
    expect(await ask(2, 'resources/subscribe', { uri: 'thing://own-1' })).toMatchObject({ result: {} });
    expect(await ask(3, 'resources/subscribe', { uri: 'thing://foreign' })).toMatchObject({ error: {} });
    expect([...listeners.keys()]).toEqual(['own-1']);
    listeners.get('own-1')?.changed();
    await vi.waitFor(() => expect(updates()).toMatchObject([{ params: { uri: 'thing://own-1' } }]));
    await ask(4, 'resources/unsubscribe', { uri: 'thing://own-1' });
    await vi.waitFor(() => expect(listeners.size).toBe(0));
  });

  it('tell a 2026 client on its subscription, which names only what is there, until it is cancelled', async () => {
    const { heard, say, updates } = connect();
    const notifications = { resourceSubscriptions: ['thing://own-1', 'thing://foreign'] };
    say({ id: 7, method: 'subscriptions/listen', params: { _meta: envelope(), notifications } });
    await vi.waitFor(() =>
      expect(heard).toMatchObject([
        {
          method: 'notifications/subscriptions/acknowledged',
          params: { notifications: { resourceSubscriptions: ['thing://own-1'] } },
        },
      ]),
    );
    listeners.get('own-1')?.changed();
    await vi.waitFor(() =>
      expect(updates()).toMatchObject([
        { params: { uri: 'thing://own-1', _meta: { 'io.modelcontextprotocol/subscriptionId': 7 } } },
      ]),
    );
    say({ method: 'notifications/cancelled', params: { requestId: 7, _meta: envelope() } });
    await vi.waitFor(() => expect(listeners.size).toBe(0));
  });

  it('are let go when the client goes', async () => {
    const { ask } = connect();
    const clientInfo = { name: 'raw', version: '1' };
    await ask(1, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
    await ask(2, 'resources/subscribe', { uri: 'thing://own-1' });
    expect(listeners.size).toBe(1);
    await close();
    expect(listeners.size).toBe(0);
  });
});
