import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createLatencies } from '../../support/load/latencies.ts';
import { fateOf } from '../../support/load/mcp-load.ts';
import { type RawHttp, createRawHttp } from '../../support/load/raw-http.ts';
import { runLoad, runWorkers } from '../../support/load/run-load.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

describe('the load client', () => {
  it('finds percentiles by rank', () => {
    const latencies = createLatencies();
    expect(latencies.percentile(50)).toBeNull();
    for (let ms = 100; ms >= 1; ms -= 1) latencies.add(ms);
    expect([1, 50, 99, 100].map((percent) => latencies.percentile(percent))).toEqual([1, 50, 99, 100]);
  });

  it('sends what is due however slow the answers are, and accounts for every request', async () => {
    let open = 0;
    let most = 0;
    const fates = ['ok', 'ok', 'shed', 'failed'] as const;
    let sent = 0;
    const report = await runLoad({
      ratePerSecond: 200,
      seconds: 1,
      name: 'slow',
      async send() {
        const fate = fates[sent++ % fates.length] ?? 'failed';
        open += 1;
        most = Math.max(most, open);
        await new Promise((resolve) => setTimeout(resolve, 400));
        open -= 1;
        if (fate === 'failed') throw new Error('lost');
        return fate;
      },
    });
    const { ledger, ...figures } = report;
    expect(figures).toMatchObject({ sent: 200, ok: 100, shed: 50, failed: 50 });
    // A client that waits for answers would have had a handful open.
    expect(most).toBeGreaterThan(40);
    expect(figures.p50).toBeGreaterThanOrEqual(399);
    expect(ledger.size).toBe(200);
    expect(ledger.get('slow-2')).toBe('shed');
  });

  it('finds out with a closed loop how much is served', async () => {
    const report = await runWorkers({
      workers: 4,
      seconds: 0.5,
      send: () => new Promise((resolve) => setTimeout(() => resolve('ok'), 50)),
    });
    expect(report.failed).toBe(0);
    // Four at a time, each a twentieth of a second: ten rounds, or fewer on a busy machine.
    expect(report.sent).toBeGreaterThanOrEqual(8);
    expect(report.sent).toBeLessThanOrEqual(44);
  });

  it('does not send what would be too many, and says so', async () => {
    const report = await runLoad({
      ratePerSecond: 100,
      seconds: 0.5,
      maxOpen: 10,
      send: () => new Promise((resolve) => setTimeout(() => resolve('ok'), 1000)),
    });
    expect(report).toMatchObject({ sent: 50, ok: 10, failed: 40 });
  });

  it('tells refusals for load from failures', () => {
    const reply = (status: number, body: string, headers = {}) => fateOf({ status, body, headers });
    expect(reply(503, '{}', { 'retry-after': '1' })).toBe('shed');
    expect(reply(503, '{}')).toBe('failed');
    expect(reply(200, '{"result":{"content":[]}}')).toBe('ok');
    expect(reply(200, '{"result":{"isError":true,"_meta":{"e":{"code":"rate_limited"}}}}')).toBe('shed');
    expect(reply(200, '{"result":{"isError":true,"_meta":{"e":{"code":"internal"}}}}')).toBe('failed');
    expect(reply(200, '{"error":{}}')).toBe('failed');
  });
});

describe('raw HTTP', () => {
  async function serve(listener: Parameters<typeof createServer>[1], options = {}): Promise<RawHttp> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const http = createRawHttp({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ...options });
    closing.push(() => {
      http.close();
      server.closeAllConnections();
      server.close();
    });
    return http;
  }
  const GET = { method: 'GET', path: '/', headers: {} };

  it('reads answers of known length and in chunks, over few connections', async () => {
    const sockets = new Set<unknown>();
    const http = await serve(
      (request, response) => {
        sockets.add(request.socket);
        if (request.url === '/sized') response.end('sized');
        else {
          response.write('in ');
          setTimeout(() => response.end('chunks'), 20);
        }
      },
      { maxConnections: 2 },
    );
    const paths = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? '/sized' : '/chunked'));
    const replies = await Promise.all(paths.map((path) => http.send({ ...GET, path })));
    expect(replies.map(({ body }) => body)).toEqual(paths.map((path) => (path === '/sized' ? 'sized' : 'in chunks')));
    expect(sockets.size).toBe(2);
  });

  it('opens another connection after one that the server closed', async () => {
    const http = await serve((_, response) => response.setHeader('connection', 'close').end('once'), {
      maxConnections: 1,
    });
    for (let at = 0; at < 3; at += 1) expect((await http.send(GET)).body).toBe('once');
  });

  it('tells what was lost, and repeats nothing', async () => {
    let came = 0;
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {
        came += 1;
        if (came === 1) socket.destroy();
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const http = createRawHttp({ url, timeoutMs: 100 });
    closing.push(() => {
      http.close();
      server.close();
    });
    await expect(http.send(GET)).rejects.toThrow('lost');
    await expect(http.send(GET)).rejects.toThrow('in time');
    expect(came).toBe(2);
  });
});
