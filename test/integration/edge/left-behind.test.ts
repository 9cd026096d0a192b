import { Server } from '@modelcontextprotocol/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { silentLog } from '../../../src/core/log.ts';
import { modernRequest } from '../../support/edge/raw.ts';
import { type TestGateway, startTestGateway } from '../../support/edge/test-gateway.ts';
import { testTools } from '../../support/edge/test-tools.ts';
import { leftBehind } from '../../support/left-behind.ts';
import { type RawHttp, createRawHttp } from '../../support/load/raw-http.ts';

/** The SDK's bare server, and what the machinery of Node and of the test keeps. */
const LITTLE = 0.3;

let gateway: TestGateway;
let http: RawHttp;
/** Goes with the log of each request, as its visit does. */
let carried: readonly number[] = [];
beforeAll(async () => {
  const log = { ...silentLog, with: () => Object.assign({ ...silentLog, with: () => silentLog }, { carried }) };
  gateway = await startTestGateway({ packs: [testTools().pack], log });
  http = createRawHttp({ url: gateway.url });
});
afterAll(async () => {
  http.close();
  await gateway.close();
});

async function callTool(weight: readonly number[]): Promise<void> {
  carried = weight;
  const { headers, body } = modernRequest('tools/call', { name: 'whoami', arguments: {} });
  const { host: _, ...sent } = headers;
  const reply = await http.send({ method: 'POST', path: '/mcp', headers: sent, body: JSON.stringify(body) });
  expect(reply.status).toBe(200);
  carried = [];
}

describe('what is left for a full collection', () => {
  it('is not the visit of a call that is over', async () => {
    expect(await leftBehind(callTool)).toBeLessThan(LITTLE);
  });

  it('is not what a schema did not accept: the SDK tries several on each message', async () => {
    const schema = z.object({ number: z.number() });
    expect(await leftBehind((weight) => schema.safeParse({ weight }).success)).toBeLessThan(LITTLE);
  });

  it('is what is reached from a function that was written out where a property is set: this test sees it', async () => {
    const left = await leftBehind((weight) => {
      const server = new Server({ name: 'test', version: '1' });
      server.onclose = () => void weight;
    });
    expect(left).toBeGreaterThan(LITTLE);
  });
});
