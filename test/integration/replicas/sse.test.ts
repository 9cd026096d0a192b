import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONFORMANCE_PACK } from '../../support/conformance-pack/pack.ts';
import { type EdgeReplicas, startEdgeReplicas } from '../../support/edge/edge-replicas.ts';
import { readEvents } from '../../support/edge/event-reader.ts';
import { headersFor, initialize, legacyRequest } from '../../support/edge/raw.ts';
import type { inject } from '../../support/edge/raw.ts';
import { testTools } from '../../support/edge/test-tools.ts';

const CALLS = 60;

let replicas: EdgeReplicas;
beforeEach(async () => {
  replicas = await startEdgeReplicas(3, () => [testTools().pack, CONFORMANCE_PACK]);
});
afterEach(() => replicas.close());

type Message = Parameters<typeof inject>[1];

async function post(at: number, path: string, { headers: { host: _, ...headers }, body }: Message): Promise<Response> {
  return fetch(`${replicas.urls[at % 3]}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function openSse(at: number, token = 'trader') {
  const { host: _, ...headers } = headersFor({ authorization: `Bearer ${token}` });
  const stream = await readEvents(`${replicas.urls[at]}/sse`, { headers });
  return { stream, path: (await stream.next())?.data ?? '' };
}
const messageOn = async (stream: Awaited<ReturnType<typeof openSse>>['stream']) =>
  JSON.parse((await stream.next())?.data ?? '{}');

describe('HTTP+SSE over three replicas', () => {
  it('takes a message on any replica, and answers it on the stream', async () => {
    const { stream, path } = await openSse(0);
    for (const at of [1, 2, 0]) {
      expect((await post(at, path, initialize())).status).toBe(202);
      expect(await messageOn(stream)).toMatchObject({ result: { protocolVersion: '2025-11-25' } });
      const call = legacyRequest('tools/call', { name: 'whoami', arguments: { word: `at ${at}` } });
      expect((await post(at, path, call)).status).toBe(202);
      expect(await messageOn(stream)).toMatchObject({
        result: { structuredContent: { tenant: 'ada', word: `at ${at}` } },
      });
    }
    stream.hangUp();
  });

  it('answers two clients who post everywhere, each on its own stream', async () => {
    const clients = await Promise.all(
      ['trader', 'other'].map(async (token, at) => ({
        token,
        name: ['ada', 'bob'][at],
        ...(await openSse(at, token)),
      })),
    );
    for (let round = 0; round < CALLS; round += 1) {
      await Promise.all(
        clients.map(async ({ token, path }) => {
          const headers = { authorization: `Bearer ${token}` };
          const args = { word: `${token} ${round}` };
          const call = legacyRequest('tools/call', { name: 'whoami', arguments: args }, { headers, id: round });
          expect((await post(round, path, call)).status).toBe(202);
        }),
      );
    }
    for (const { token, name, stream } of clients) {
      const heard = new Set<number>();
      for (let round = 0; round < CALLS; round += 1) {
        const { id, result } = await messageOn(stream);
        expect(result.structuredContent).toEqual({ tenant: name, word: `${token} ${id}` });
        heard.add(id);
      }
      expect(heard.size).toBe(CALLS);
      stream.hangUp();
    }
  });

  it('keeps in order what one call has to say, whichever replica serves it', async () => {
    const { stream, path } = await openSse(0);
    await post(0, path, initialize());
    await stream.next();
    for (const at of [0, 1, 2]) {
      const params = { name: 'test_tool_with_progress', arguments: {}, _meta: { progressToken: `call ${at}` } };
      await post(at, path, legacyRequest('tools/call', params, { id: at }));
    }
    const heard: Awaited<ReturnType<typeof messageOn>>[] = [];
    while (heard.length < 12) heard.push(await messageOn(stream));
    for (const at of [0, 1, 2]) {
      const own = heard.filter(({ id, params }) => id === at || params?.progressToken === `call ${at}`);
      expect(own.map(({ params }) => params?.progress)).toEqual([0, 50, 100, undefined]);
    }
    stream.hangUp();
  });

  it('asks the client of a call that was posted elsewhere, and takes the answer from a third replica', async () => {
    const { stream, path } = await openSse(0);
    await post(1, path, initialize({ elicitation: {} }));
    await stream.next();
    await post(1, path, legacyRequest('tools/call', { name: 'sell', arguments: { quantity: 3 } }, { id: 'call' }));
    const question = await messageOn(stream);
    expect(question).toMatchObject({ method: 'elicitation/create' });
    const answer = { jsonrpc: '2.0', id: question.id, result: { action: 'accept', content: { sure: true } } };
    expect((await post(2, path, { headers: headersFor(), body: answer })).status).toBe(202);
    expect(await messageOn(stream)).toMatchObject({ id: 'call', result: { structuredContent: { sold: 3 } } });
    stream.hangUp();
  });

  it('ends with its stream on every replica, and is its subject’s alone on every replica', async () => {
    const { stream, path } = await openSse(0);
    const foreign = legacyRequest('ping', {}, { headers: { authorization: 'Bearer other' } });
    for (const at of [0, 1, 2]) {
      expect((await post(at, path, foreign)).status).toBe(404);
      expect((await post(at, path, legacyRequest('ping'))).status).toBe(202);
    }
    stream.hangUp();
    await vi.waitFor(async () => {
      for (const at of [0, 1, 2]) expect((await post(at, path, legacyRequest('ping'))).status).toBe(404);
    });
  });

  it('goes on where its stream is while Redis is away, tells elsewhere to try again, and is whole afterwards', async () => {
    const { stream, path } = await openSse(0);
    await post(0, path, initialize());
    await stream.next();
    await replicas.redis.kill();
    expect((await post(0, path, legacyRequest('ping', {}, { id: 'here' }))).status).toBe(202);
    expect(await messageOn(stream)).toMatchObject({ id: 'here' });
    const refused = await post(1, path, legacyRequest('ping'));
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    await replicas.redis.start();
    await replicas.reunited();
    await vi.waitFor(
      async () => expect((await post(2, path, legacyRequest('ping', {}, { id: 'there' }))).status).toBe(202),
      { timeout: 20_000, interval: 250 },
    );
    expect(await messageOn(stream)).toMatchObject({ id: 'there' });
    stream.hangUp();
  });
});
