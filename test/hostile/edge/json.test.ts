import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { headersFor, inject, modernRequest } from '../../support/edge/raw.ts';
import { buildTestApp } from '../../support/edge/test-gateway.ts';
import { testTools } from '../../support/edge/test-tools.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = await buildTestApp({ packs: [testTools().pack] });
});
afterAll(async () => app.close());

const RUNS = { numRuns: 150 };

describe('whatever is posted', () => {
  it('is answered in JSON-RPC, and never as a failure of ours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.constantFrom('/mcp', '/messages?sessionId=x'), async (body, url) => {
        const reply = await inject(app, { headers: headersFor(), body }, url);
        expect(reply.statusCode).toBeGreaterThanOrEqual(400);
        expect(reply.statusCode).toBeLessThan(500);
        expect(reply.json()).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } });
      }),
      RUNS,
    );
  });

  it('reaches a tool only as its schema lets it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (args) => {
        const reply = await inject(app, modernRequest('tools/call', { name: 'whoami', arguments: args }));
        expect(reply.statusCode).toBeLessThan(500);
        const { result, error } = reply.json();
        const isEmpty = JSON.stringify(args) === '{}';
        if (!isEmpty) expect(result === undefined ? error.code : result.isError).toBeTruthy();
      }),
      RUNS,
    );
  });

  it('gives a name back bounded and without what cannot be seen', async () => {
    const name = `\u202Eevil\u0007${'x'.repeat(5000)}`;
    const reply = await inject(
      app,
      modernRequest(
        'tools/call',
        { name, arguments: {} },
        { headers: { 'mcp-name': `=?base64?${Buffer.from(name).toString('base64')}?=` } },
      ),
    );
    const { error } = reply.json();
    expect(error.code).toBe(-32_602);
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(error.message.length).toBeLessThan(200);
  });

  it('does not take a prototype for a tool, a prompt or an argument', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const reply = await inject(app, modernRequest('tools/call', { name, arguments: {} }));
      expect(reply.json()).toMatchObject({ error: { code: -32_602 } });
    }
  });
});
