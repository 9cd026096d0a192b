import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { serverProgram } from '../support/server-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PATIENCE = { timeout: 20_000, interval: 50 };
const HAPROXY = new URL('../../deploy/haproxy/haproxy.cfg', import.meta.url).pathname;
const NGINX = new URL('../../deploy/nginx/nginx.conf', import.meta.url).pathname;

const closing: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A replica that does what a test tells it, and counts what reaches it. */
type Stub = { readonly port: number; isReady: boolean; posts: number; stop(): Promise<void> };
type Serve = (request: IncomingMessage, response: ServerResponse) => void;

async function startStub(name: string, serve?: Serve): Promise<Stub> {
  const server: Server = createServer((request, response) => {
    if (request.url === '/readyz') return void response.writeHead(stub.isReady ? 200 : 503).end();
    if (request.method === 'POST') stub.posts += 1;
    request.resume();
    request.once('end', () => (serve === undefined ? response.end(name) : serve(request, response)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const stub: Stub = { port: (server.address() as AddressInfo).port, isReady: true, posts: 0, stop };
  closing.push(() => (server.listening ? stop() : undefined));
  return stub;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** HAProxy with the shipped file, of which only the addresses are changed. */
async function startHaproxy(stubs: readonly Stub[]): Promise<string> {
  const port = await freePort();
  const servers = stubs.map((stub, at) => `  server s${at} 127.0.0.1:${stub.port}`).join('\n');
  const text = (await readFile(HAPROXY, 'utf8'))
    .replace(/^ {2}bind :8080$/mu, `  bind 127.0.0.1:${port}`)
    .replace(/^ {2}server-template .*$/mu, servers);
  expect(text).toContain(servers);
  const path = join(await temporaryFolder(), 'haproxy.cfg');
  await writeFile(path, text);
  const child: ChildProcess = spawn(serverProgram(['haproxy'], 'haproxy'), ['-db', '-f', path], { stdio: 'ignore' });
  closing.push(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const url = `http://127.0.0.1:${port}`;
  await expect.poll(() => fetch(url).then(({ status }) => status, String), PATIENCE).toBe(200);
  return url;
}

/** On a connection that was used before, the proxy tells a loss by closing it. */
const post = (url: string): Promise<number | 'lost'> =>
  fetch(`${url}/mcp`, { method: 'POST', body: '{}' }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => 'lost' as const,
  );

describe('the shipped HAProxy file', () => {
  it('is valid, without a warning', () => {
    const program = serverProgram(['haproxy'], 'haproxy');
    const checked = spawnSync(program, ['-c', '-dW', '-f', HAPROXY], { encoding: 'utf8' });
    expect({ status: checked.status, said: checked.stderr }).toEqual({ status: 0, said: '' });
  });

  it('repeats no POST that reached a replica, whatever became of it', async () => {
    const cut: Serve = (request) => void request.socket.destroy();
    const stubs = [await startStub('one', cut), await startStub('two', cut)];
    const url = await startHaproxy([...stubs, await startStub('whole')]);
    const statuses: (number | 'lost')[] = [];
    for (let at = 0; at < 30; at += 1) statuses.push(await post(url));
    const lost = statuses.filter((status) => status !== 200);
    expect(lost.every((status) => status === 502 || status === 'lost')).toBe(true);
    expect(lost.length).toBeGreaterThan(10);
    expect(stubs.reduce((sum, { posts }) => sum + posts, 0)).toBe(lost.length);
  });

  it('sends on to another replica what it could not send at all', async () => {
    const [gone, there] = [await startStub('gone'), await startStub('there')];
    const url = await startHaproxy([gone, there]);
    await gone.stop();
    const statuses = await Promise.all(Array.from({ length: 10 }, () => post(url)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(there.posts).toBe(10);
  });

  it('spares a replica that is not ready, loses nothing meanwhile, and comes back to it', async () => {
    const [ending, other] = [await startStub('ending'), await startStub('other')];
    const url = await startHaproxy([ending, other]);
    const reached = async (): Promise<number> => {
      const before = ending.posts;
      for (let at = 0; at < 10; at += 1) expect(await post(url)).toBe(200);
      return ending.posts - before;
    };
    await expect.poll(reached, PATIENCE).toBe(5);
    ending.isReady = false;
    await expect.poll(reached, PATIENCE).toBe(0);
    ending.isReady = true;
    await expect.poll(reached, PATIENCE).toBe(5);
    expect(other.posts).toBeGreaterThan(10);
  });

  it('passes events on as they come', async () => {
    const held: ServerResponse[] = [];
    const stub = await startStub('stream', (request, response) => {
      if (request.url !== '/sse') return void response.end();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: first\n\n');
      held.push(response);
    });
    const url = await startHaproxy([stub]);
    const reader = (await fetch(`${url}/sse`)).body?.getReader();
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value)).toBe('data: first\n\n');
    held[0]?.write('data: second\n\n');
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data: second\n\n');
    await reader?.cancel();
  });

  it('shows the world neither metrics nor the operators’ routes', async () => {
    const url = await startHaproxy([await startStub('one')]);
    for (const path of ['/metrics', '/admin/switches']) expect((await fetch(`${url}${path}`)).status).toBe(404);
  });
});

describe('the shipped nginx file', () => {
  it('never has a POST repeated, and passes events on as they come', async () => {
    const text = await readFile(NGINX, 'utf8');
    expect(text).not.toContain('non_idempotent');
    expect(text).toMatch(/^\s*proxy_next_upstream error timeout;$/mu);
    expect(text).toMatch(/^\s*proxy_buffering off;$/mu);
  });
});
