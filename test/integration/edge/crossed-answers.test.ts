import { afterAll, beforeAll, expect, it } from 'vitest';
import { readEvents } from '../../support/edge/event-reader.ts';
import { headersFor, initialize, legacyRequest, modernRequest, openSession } from '../../support/edge/raw.ts';
import { startTestGateway } from '../../support/edge/test-gateway.ts';
import type { TestGateway } from '../../support/edge/test-gateway.ts';
import { testTools } from '../../support/edge/test-tools.ts';

const CALLS = 200;
const TENANTS: Readonly<Record<string, string>> = { trader: 'ada', other: 'bob' };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ packs: [testTools().pack] });
});
afterAll(async () => gateway.close());

type Raw = { readonly headers: Record<string, string>; readonly body: unknown };

async function post({ headers: { host: _, ...headers }, body }: Raw, path = '/mcp'): Promise<Response> {
  return fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

const callOf = (index: number) => {
  const token = index % 2 === 0 ? 'trader' : 'other';
  const params = { name: 'whoami', arguments: { word: `word ${index}` } };
  return { token, params, expected: { tenant: TENANTS[token], word: `word ${index}` } };
};

it('answers 200 interleaved calls of two callers, all with the id 1 and in both eras, each with its own', async () => {
  const sessions = { trader: await openSession(gateway.app, 'trader'), other: await openSession(gateway.app, 'other') };
  const answers = Array.from({ length: CALLS }, async (_, index) => {
    const { token, params, expected } = callOf(index);
    const authorization = `Bearer ${token}`;
    const isModern = index % 3 === 0;
    const session = token === 'trader' ? sessions.trader : sessions.other;
    const raw = isModern
      ? modernRequest('tools/call', params, { headers: { authorization } })
      : legacyRequest('tools/call', params, { headers: { authorization, 'mcp-session-id': session } });
    const reply = await post(raw);
    const { id, result } = (await reply.json()) as { id: number; result: { structuredContent: unknown } };
    expect({ id, data: result.structuredContent }).toEqual({ id: 1, data: expected });
  });
  expect((await Promise.all(answers)).length).toBe(CALLS);
});

it('answers two callers on two SSE streams, each on its own', async () => {
  const streams = await Promise.all(
    ['trader', 'other'].map(async (token) => {
      const { host: _, ...headers } = headersFor({ authorization: `Bearer ${token}` });
      const stream = await readEvents(`${gateway.url}/sse`, { headers });
      const path = (await stream.next())?.data ?? '';
      await post({ ...initialize(), headers: headersFor({ authorization: `Bearer ${token}` }) }, path);
      await stream.next();
      return { token, stream, path };
    }),
  );
  for (let round = 0; round < CALLS / 2; round += 1) {
    await Promise.all(
      streams.map(async ({ token, path }) => {
        const headers = { authorization: `Bearer ${token}` };
        await post(
          legacyRequest('tools/call', { name: 'whoami', arguments: { word: `${token} ${round}` } }, { headers }),
          path,
        );
      }),
    );
  }
  for (const { token, stream } of streams) {
    for (let round = 0; round < CALLS / 2; round += 1) {
      const message = JSON.parse((await stream.next())?.data ?? '{}');
      expect(message.result.structuredContent).toEqual({ tenant: TENANTS[token], word: `${token} ${round}` });
    }
    stream.hangUp();
  }
});

it('gives two calls of one session, which both ask, each the answer to its own question', async () => {
  const session = await openSession(gateway.app, 'trader', { elicitation: {} });
  const headers = { 'mcp-session-id': session };
  const asking = await Promise.all(
    [1, 2].map(async (quantity) => {
      const { headers: own, body } = legacyRequest(
        'tools/call',
        { name: 'sell', arguments: { quantity } },
        { headers, id: quantity },
      );
      const { host: _, ...rest } = own;
      const stream = await readEvents(`${gateway.url}/mcp`, {
        method: 'POST',
        headers: rest,
        body: JSON.stringify(body),
      });
      return { stream, question: JSON.parse((await stream.next())?.data ?? '{}') };
    }),
  );
  const [first, second] = asking;
  if (first === undefined || second === undefined) throw new Error('Two calls were made');
  expect(first.question.id).not.toBe(second.question.id);

  const answer = (id: unknown, action: string) => ({
    headers: headersFor(headers),
    body: { jsonrpc: '2.0', id, result: { action, ...(action === 'accept' ? { content: { sure: true } } : {}) } },
  });
  expect((await post(answer(second.question.id, 'accept'))).status).toBe(202);
  expect(JSON.parse((await second.stream.next())?.data ?? '{}')).toMatchObject({
    id: 2,
    result: { structuredContent: { sold: 2 } },
  });
  expect((await post(answer(first.question.id, 'accept'))).status).toBe(202);
  expect(JSON.parse((await first.stream.next())?.data ?? '{}')).toMatchObject({
    id: 1,
    result: { structuredContent: { sold: 1 } },
  });
});
