import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createCaller } from '../../support/callers/caller.ts';
import { createRequestLedger } from '../../support/callers/request-ledger.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A server that answers as told, and a caller of it. */
async function callerOf(answer: Answer) {
  const ports = new Set<number | undefined>();
  const server = createServer((request, response) => {
    ports.add(request.socket.remotePort);
    request.resume().once('end', () => answer(response, request));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const ledger = createRequestLedger('test');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const caller = createCaller({ url, token: 'token', ledger, client: 'one', timeoutMs: 500 });
  const post = () => caller.post({ method: 'tools/list' }, {});
  return { ledger, post, server, connections: () => ports.size };
}

const asGateway =
  (status: number, body: object): Answer =>
  (response, request) =>
    response
      .writeHead(status, { 'content-type': 'application/json', 'x-request-id': request.headers['x-request-id'] })
      .end(JSON.stringify(body));

it('writes down an answer, each over a new connection', async () => {
  const { ledger, post, connections } = await callerOf(asGateway(200, { jsonrpc: '2.0', id: 1, result: {} }));
  expect((await post()).rpc).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
  await post();
  expect(ledger.entries()).toMatchObject([
    { id: 'test-1', client: 'one', what: 'tools/list', fate: 'answered', status: 200 },
    { id: 'test-2', client: 'one', what: 'tools/list', fate: 'answered', status: 200 },
  ]);
  expect(ledger.entries()[0]).not.toHaveProperty('why');
  expect(ledger.open()).toBe(0);
  expect(connections()).toBe(2);
});

it.each([
  [
    200,
    { result: { isError: true, _meta: { 'tasty-gateway/error': { code: 'not_found' } } } },
    'answered',
    'not_found',
  ],
  [404, { error: { code: -32001, message: 'x', data: { code: 'not_found' } } }, 'answered', 'not_found'],
  [429, { code: 'rate_limited', title: 'x' }, 'shed', 'rate_limited'],
  [503, { error: { code: -32000, data: { code: 'overloaded' } } }, 'shed', 'overloaded'],
  [500, { code: 'internal' }, 'lost', 'internal'],
])('tells %i %j as %s', async (status, body, fate, why) => {
  const { ledger, post } = await callerOf(asGateway(status, body));
  await post();
  expect(ledger.entries()).toMatchObject([{ status, fate, why }]);
});

it.each<[string, Answer, string]>([
  ['a proxy’s own answer', (response) => response.writeHead(503).end(), 'no gateway answered: 503'],
  [
    'another request’s answer',
    (response) => response.writeHead(200, { 'x-request-id': 'test-9' }).end('{}'),
    'no gateway answered: 200',
  ],
  ['a connection that was cut', (response) => response.socket?.resetAndDestroy(), 'ECONNRESET'],
  [
    'an answer that broke off',
    (response, request) => {
      response.writeHead(200, { 'x-request-id': request.headers['x-request-id'], 'content-length': '100' });
      response.write('{');
      setTimeout(() => response.socket?.destroy(), 20);
    },
    'ECONNRESET',
  ],
  ['no answer in time', () => {}, 'ABORT_ERR'],
])('counts %s as lost', async (_what, answer, why) => {
  const { ledger, post } = await callerOf(answer);
  await post();
  expect(ledger.entries()).toMatchObject([{ fate: 'lost', why }]);
  expect(ledger.open()).toBe(0);
});

it('counts a request that found nobody as lost', async () => {
  const { ledger, post, server } = await callerOf(() => {});
  server.close();
  await once(server, 'close');
  await post();
  expect(ledger.entries()).toMatchObject([{ fate: 'lost', status: 0, why: 'ECONNREFUSED' }]);
});
