import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../../src/tools/define-tool.ts';
import { openRawSocket } from '../../support/edge/raw-socket.ts';
import { headersFor, initialize, inject, legacyRequest, modernRequest } from '../../support/edge/raw.ts';
import { type TestGateway, startTestGateway } from '../../support/edge/test-gateway.ts';
import { testTools } from '../../support/edge/test-tools.ts';

const KB = 1024;
const CLIENTS = 50;
const PATIENCE = { timeout: 60_000, interval: 50 };
const READ = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true } as const;

let said = 0;
let leftEarly = 0;
/** Tells its client more than any buffer on the way holds, a little at a time, for as long as there is a client. */
const chatter = defineTool({
  name: 'chatter',
  title: 'Chatter',
  description: 'Says a lot on its way.',
  scope: 'read',
  annotations: READ,
  input: z.strictObject({}),
  output: z.strictObject({}),
  async handle(_, { signal }, client) {
    for (let at = 0; at < 3000; at += 1) {
      if (signal.aborted) {
        leftEarly += 1;
        break;
      }
      await client.progress({ done: at, message: 'x'.repeat(4 * KB) });
      said += 4 * KB;
      if (at % 8 === 0) await sleep(1);
    }
    return { data: {}, text: 'Said.' };
  },
});
const big = defineTool({
  name: 'big',
  title: 'Big',
  description: 'Has one long answer.',
  scope: 'read',
  annotations: READ,
  input: z.strictObject({}),
  output: z.strictObject({}),
  handle: async () => ({ data: {}, text: 'x'.repeat(12 * KB * KB) }),
});

let gateway: TestGateway;
let sockets: Set<Socket>;
let stalled: string[];
let unread: number;
let most: number;
let release: () => void;

async function start(stallMs: number): Promise<void> {
  const tools = testTools();
  release = tools.witness.release;
  gateway = await startTestGateway({
    packs: [tools.pack, { tools: [chatter, big] }],
    config: { stallMs },
    streams: {
      unread(bytes) {
        unread = bytes;
        most = Math.max(most, held());
      },
      stalled: (by) => void stalled.push(by),
    },
  });
  gateway.app.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
}

beforeEach(() => {
  [said, leftEarly, unread, most] = [0, 0, 0, 0];
  [sockets, stalled] = [new Set(), []];
});
afterEach(async () => {
  release();
  await gateway.close();
});

const withToken = { ...modernRequest('tools/call').body.params._meta, progressToken: 'p' };
const callOf = (name: string) => {
  const { headers, body } = modernRequest('tools/call', { name, arguments: {}, _meta: withToken });
  return { path: '/mcp', headers: { ...headers, host: new URL(gateway.url).host }, body: JSON.stringify(body) };
};

/** What this process holds for its clients: what waits in streams, and in Node's buffers. */
const held = (): number => unread + [...sockets].reduce((sum, socket) => sum + socket.writableLength, 0);

describe('clients that do not read', () => {
  it('lose their streams, and cost less than 256 KB each until then', async () => {
    await start(60_000);
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        const client = await openRawSocket(gateway.url, callOf('chatter'));
        client.socket.pause();
        return client;
      }),
    );
    await expect.poll(() => stalled.length, PATIENCE).toBe(CLIENTS);
    await expect.poll(() => sockets.size, PATIENCE).toBe(0);
    // Each call was told: it did not go on for nobody.
    await expect.poll(() => leftEarly, PATIENCE).toBe(CLIENTS);
    expect(stalled.every((by) => by === 'bytes')).toBe(true);
    expect(most / CLIENTS).toBeLessThan(256 * KB);
    expect(unread).toBe(0);
    for (const { socket } of clients) socket.destroy();
  });

  it('lose the stream of an old session too', async () => {
    await start(60_000);
    const client = await openRawSocket(gateway.url, { path: '/sse', headers: headersFor() });
    await expect.poll(() => /data: (\S+)/u.exec(client.heard())?.[1], PATIENCE).toBeDefined();
    const url = /data: (\S+)/u.exec(client.heard())?.[1] ?? '';
    client.socket.pause();
    await inject(gateway.app, initialize(), url);
    await inject(gateway.app, legacyRequest('tools/call', { name: 'chatter', arguments: {}, _meta: withToken }), url);
    await expect.poll(() => stalled, PATIENCE).toEqual(['bytes']);
    await expect.poll(() => sockets.size, PATIENCE).toBe(0);
    expect(most).toBeGreaterThan(160 * KB);
    expect(most).toBeLessThan(256 * KB);
    client.socket.destroy();
  });

  it('lose a connection on which they leave a long answer, after a while', async () => {
    await start(500);
    const client = await openRawSocket(gateway.url, callOf('big'));
    client.socket.pause();
    await expect.poll(() => stalled, PATIENCE).toEqual(['time']);
    await expect.poll(() => sockets.size, PATIENCE).toBe(0);
    client.socket.destroy();
  });
});

describe('clients that read', () => {
  it('get all of a stream, however long, and slowly too', async () => {
    await start(60_000);
    const client = await openRawSocket(gateway.url, callOf('chatter'));
    client.socket.pause();
    const slowly = setInterval(() => {
      client.socket.resume();
      setTimeout(() => client.socket.pause(), 10);
    }, 15);
    await expect.poll(() => client.heard().includes('Said.'), PATIENCE).toBe(true);
    clearInterval(slowly);
    expect(stalled).toEqual([]);
    expect(client.heard().length).toBeGreaterThan(said);
    client.socket.destroy();
  });

  it('keep a connection on which they wait for an answer, however long that takes', async () => {
    await start(300);
    const client = await openRawSocket(gateway.url, callOf('wait'));
    await sleep(1000);
    expect(sockets.size).toBe(1);
    release();
    await expect.poll(client.heard, PATIENCE).toContain('Waited.');
    client.socket.destroy();
  });
});
