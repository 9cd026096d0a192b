import { connect } from 'node:net';
import { once } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { readEvents } from '../../support/edge/event-reader.ts';
import { headersFor, modernRequest, openSession } from '../../support/edge/raw.ts';
import { startTestGateway } from '../../support/edge/test-gateway.ts';
import type { TestGateway } from '../../support/edge/test-gateway.ts';
import { CONFORMANCE_PACK } from '../../support/conformance-pack/pack.ts';
import { testTools } from '../../support/edge/test-tools.ts';
import type { Witness } from '../../support/edge/test-tools.ts';

let gateway: TestGateway;
let witness: Witness;
beforeEach(async () => {
  const tools = testTools();
  witness = tools.witness;
  gateway = await startTestGateway({ packs: [tools.pack, CONFORMANCE_PACK] });
});

const own = ({ host: _, ...headers }: Record<string, string>) => headers;

// Each of these would hang into the timeout of the test if the close waited for what it need not wait for.
describe('closing', () => {
  it('ends event streams of both legs', async () => {
    const session = await openSession(gateway.app);
    const sse = await readEvents(`${gateway.url}/sse`, { headers: own(headersFor()) });
    await sse.next();
    const get = await readEvents(`${gateway.url}/mcp`, { headers: own(headersFor({ 'mcp-session-id': session })) });
    await gateway.close();
    expect(await sse.next()).toBeUndefined();
    expect(await get.next()).toBeUndefined();
  });

  it('ends a modern subscription with its result', async () => {
    const notifications = { resourceSubscriptions: ['test://watched-resource'] };
    const { headers, body } = modernRequest('subscriptions/listen', { notifications }, { id: 'sub' });
    const init = { method: 'POST', headers: own(headers), body: JSON.stringify(body) };
    const stream = await readEvents(`${gateway.url}/mcp`, init);
    expect(JSON.parse((await stream.next())?.data ?? '{}').method).toBe('notifications/subscriptions/acknowledged');
    await gateway.close();
    expect(JSON.parse((await stream.next())?.data ?? '{}')).toMatchObject({
      id: 'sub',
      result: { resultType: 'complete' },
    });
    expect(await stream.next()).toBeUndefined();
  });

  it('lets a call under way finish', async () => {
    const { headers, body } = modernRequest('tools/call', { name: 'wait', arguments: {} });
    const answered = fetch(`${gateway.url}/mcp`, { method: 'POST', headers: own(headers), body: JSON.stringify(body) });
    await witness.begun();
    const closed = gateway.close();
    witness.release();
    expect(await (await answered).json()).toMatchObject({ result: { content: [{ text: 'Waited.' }] } });
    await closed;
    expect(witness.events).toEqual(['released']);
  });

  it('does not wait for a connection that was never used', async () => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    await once(socket, 'connect');
    await fetch(`${gateway.url}/livez`);
    const ended = once(socket, 'close');
    await gateway.close();
    await ended;
  });
});
