import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestGateway, startTestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

type Row = { symbol: string; bid?: string; ask?: string; error?: { code: string; details?: { reason?: string } } };
const rowsOf = (data: Record<string, unknown>): Row[] => data['quotes'] as Row[];

describe('market data', () => {
  it('B12: 100 concurrent get_quotes of one tenant open one DXLink socket and refresh one token', async () => {
    const token = gateway.token('demo');
    const symbols = ['SPY', 'QQQ', 'AAPL', 'MSFT', '/ES', 'BTC/USD'];
    const calls = Array.from({ length: 100 }, (_, n) =>
      gateway.call(token, 'get_quotes', { instruments: [{ symbol: symbols[n % symbols.length] }] }),
    );
    const replies = await Promise.all(calls);
    const rows = replies.flatMap((reply) => rowsOf(reply.data));
    expect(rows).toHaveLength(100);
    expect(rows.filter((row) => row.bid === undefined || row.ask === undefined)).toEqual([]);
    expect(countsOf(gateway)).toEqual({ grants: 1, sockets: 1 });
  });

  it('B10: an option chain is fetched once for all tenants, by a key that names neither', async () => {
    const [demo, cash] = [gateway.token('demo'), gateway.token('demo-cash')];
    const ask = (token: string) => gateway.call(token, 'get_option_chain', { symbol: 'QQQ' });
    const replies = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(n % 2 === 0 ? demo : cash)));
    replies.push(await ask(cash));
    expect(replies.filter((reply) => reply.isError).map((reply) => reply.text)).toEqual([]);
    const { requests } = gateway.simulator.control.counters();
    const fetches = Object.entries(requests).filter(([route]) => route.startsWith('GET /option-chains/'));
    expect(fetches.map(([, count]) => count)).toEqual([1]);
  });

  it('a warm symbol is answered from memory', async () => {
    const token = gateway.token('demo');
    await gateway.call(token, 'get_quotes', { instruments: [{ symbol: 'SPY' }] });
    gateway.simulator.control.freezeSockets({ kind: 'dxlink' });
    const reply = await gateway.call(token, 'get_quotes', { instruments: [{ symbol: 'SPY' }], timeout: 1 });
    expect(rowsOf(reply.data)[0]?.bid).toMatch(/^\d+(\.\d+)?$/u);
    gateway.simulator.control.reset();
    gateway.simulator.control.dropSockets({ kind: 'dxlink' });
  });

  it('one dead and one busy symbol are answered by the deadline, the dead one with its reason', async () => {
    const token = gateway.token('demo-cash');
    const started = performance.now();
    const reply = await gateway.call(token, 'get_quotes', {
      instruments: [{ symbol: 'SPY' }, { symbol: 'DDCO' }, { symbol: 'ZZZZZ' }],
      timeout: 2,
    });
    expect(performance.now() - started).toBeLessThan(15_000);
    const [busy, dead, unknown] = rowsOf(reply.data);
    expect(busy?.bid).toBeDefined();
    expect(dead?.error).toMatchObject({ code: 'quote_unavailable', details: { reason: 'no-data-before-deadline' } });
    expect(unknown?.error?.code).toBe('not_found');
  });
});

/** Token grants and open market data sockets of the demo tenant's login. */
function countsOf({ simulator }: TestGateway): { grants: number | undefined; sockets: number | undefined } {
  const { tokenGrants, sockets } = simulator.control.counters();
  return { grants: tokenGrants['margin'], sockets: sockets.dxlink['margin'] };
}
