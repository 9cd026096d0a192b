import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeReplicas, startEdgeReplicas } from '../../support/edge/edge-replicas.ts';
import { envelope, headersFor, inject, legacyRequest, modernRequest, openSession } from '../../support/edge/raw.ts';
import { testTools } from '../../support/edge/test-tools.ts';
import type { Witness } from '../../support/edge/test-tools.ts';

const YES = { confirm: { action: 'accept', content: { sure: true } } };

let replicas: EdgeReplicas;
let witnesses: Witness[];
beforeAll(async () => {
  const tools = Array.from({ length: 2 }, () => testTools());
  witnesses = tools.map(({ witness }) => witness);
  replicas = await startEdgeReplicas(2, (at) => [tools[at]?.pack ?? {}]);
});
afterAll(() => replicas.close());

const appAt = (at: number) => {
  const gateway = replicas.gateways[at % 2];
  if (gateway === undefined) throw new RangeError('There is no such replica');
  return gateway.app;
};
const sold = (): string[] => witnesses.flatMap(({ events }) => events);

async function sell(at: number, { token = 'trader', state }: { token?: string; state?: string } = {}) {
  const params = {
    name: 'sell',
    arguments: { quantity: 1 },
    _meta: envelope({ elicitation: {} }),
    ...(state === undefined ? {} : { requestState: state, inputResponses: YES }),
  };
  const message = modernRequest('tools/call', params, { headers: { authorization: `Bearer ${token}` } });
  return (await inject(appAt(at), message)).json();
}

describe('the state of a call, tried on two replicas', () => {
  it('goes on once, however many try at the same moment, and never again', async () => {
    const before = sold().length;
    const state = (await sell(0)).result.requestState as string;
    const tries = await Promise.all(Array.from({ length: 30 }, async (_, at) => sell(at, { state })));
    expect(tries.filter(({ result }) => result !== undefined)).toHaveLength(1);
    for (const { error } of tries.filter(({ result }) => result === undefined)) expect(error.code).toBe(-32_602);
    expect(sold()).toHaveLength(before + 1);
    expect((await sell(1, { state })).error).toMatchObject({ message: 'Invalid or expired requestState' });
    expect((await sell(1, { state, token: 'other' })).error.code).toBe(-32_602);
  });
});

describe('somebody else’s session, on either replica', () => {
  const ways = (session: string, token: string) => {
    const headers = headersFor({ 'mcp-session-id': session, authorization: `Bearer ${token}` });
    const own = { headers: { 'mcp-session-id': session, authorization: `Bearer ${token}` } };
    const answer = { jsonrpc: '2.0', id: 'x/0', result: { action: 'accept', content: { sure: true } } };
    return [0, 1].flatMap((at) => [
      () => inject(appAt(at), legacyRequest('ping', {}, own)),
      () => inject(appAt(at), legacyRequest('tools/call', { name: 'whoami', arguments: {} }, own)),
      () => inject(appAt(at), legacyRequest('resources/subscribe', { uri: 'test://x' }, own)),
      () => inject(appAt(at), { headers, body: answer }),
      () => appAt(at).inject({ method: 'GET', url: '/mcp', headers }),
      () => appAt(at).inject({ method: 'DELETE', url: '/mcp', headers }),
    ]);
  };
  const outcomes = (session: string, token: string) =>
    Promise.all(
      ways(session, token).map(async (way) => {
        const { statusCode, body } = await way();
        return `${statusCode} ${body}`;
      }),
    );

  it('looks in every way like one that never was, and goes on undisturbed', async () => {
    const session = await openSession(appAt(0), 'trader', { elicitation: {} });
    const never = await outcomes('never-was', 'other');
    expect(new Set(never.map((outcome) => outcome.slice(0, 3)))).toEqual(new Set(['404']));
    expect(await outcomes(session, 'other')).toEqual(never);
    const own = { headers: { 'mcp-session-id': session } };
    expect((await inject(appAt(1), legacyRequest('ping', {}, own))).statusCode).toBe(200);
  });

  it('cannot be made up from one’s own, by cutting, joining or changing a single character', async () => {
    const [mine, theirs] = [await openSession(appAt(0), 'other'), await openSession(appAt(0), 'trader')];
    const half = Math.floor(mine.length / 2);
    const forged = [
      `${mine.slice(0, half)}${theirs.slice(half)}`,
      `${theirs.slice(0, half)}${mine.slice(half)}`,
      mine.slice(0, -1),
      `${mine}A`,
      `${mine}==`,
      `A${mine.slice(1)}`,
      mine.toLowerCase(),
      Buffer.from(JSON.stringify([Date.now(), { protocolVersion: '2025-11-25' }])).toString('base64url'),
      'A'.repeat(5000),
    ];
    for (const session of forged) {
      const own = { headers: { 'mcp-session-id': session, authorization: 'Bearer other' } };
      expect((await inject(appAt(1), legacyRequest('ping', {}, own))).statusCode).toBe(404);
    }
  });
});
