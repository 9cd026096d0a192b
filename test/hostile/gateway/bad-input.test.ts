import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestGateway, readRpc, startTestGateway } from '../../support/gateway.ts';
import { tastytradePack } from '../../../src/tools/tastytrade-pack.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
  await gateway.call(gateway.token('demo'), 'get_balances');
});
afterAll(() => gateway.close());

const HUGE = 'A'.repeat(1_000_000);
const TEXTS = ['../../customers/me', '..', '%2e%2e%2f', 'a\u0000b', 'a\nb', '\u202eabc', HUGE, '', ' '];
const VALUES: unknown[] = [...TEXTS, 1e308, -1, 0.5, true, [], [[]], {}, { __proto__: null, constructor: 1 }, null];

type Field = { name: string; kind: string };

function fieldsOf(schema: unknown): Field[] {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> };
  return Object.entries(properties).map(([name, property]) => ({ name, kind: property.type ?? 'mixed' }));
}

function requests(): number {
  const { requests: counts } = gateway.simulator.control.counters();
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

async function attempt(tool: string, args: unknown): Promise<{ status: number; text: string; refused: boolean }> {
  const response = await gateway.post(gateway.token('demo'), {
    id: 1,
    method: 'tools/call',
    params: { name: tool, arguments: args },
  });
  const text = await response.clone().text();
  const rpc = response.status === 413 ? {} : await readRpc(response);
  return {
    status: response.status,
    text,
    refused: response.status >= 400 || rpc.error !== undefined || rpc.result?.isError === true,
  };
}

const tools = tastytradePack.tools ?? [];

describe.each(tools.map((tool) => tool.name))('bad input to %s', (name) => {
  it('with an unknown key is refused by name, without asking the broker', async () => {
    const before = requests();
    const reply = await attempt(name, { tenant: 'demo-cash', nonsense: 1 });
    expect(reply.refused).toBe(true);
    expect(reply.text).toMatch(/tenant|nonsense/u);
    expect(requests()).toBe(before);
  });

  it('of every wrong kind in every field is refused without asking the broker, with a clear error, no 5xx and no stack', async () => {
    const catalogue = await readRpc(
      await gateway.post(gateway.token('demo'), { id: 1, method: 'tools/list', params: {} }),
    );
    const fields = fieldsOf(catalogue.result?.tools?.find((tool) => tool.name === name)?.inputSchema);
    for (const { name: field } of fields) {
      for (const value of VALUES) {
        const before = requests();
        const reply = await attempt(name, { [field]: value });
        if (reply.refused) expect(requests(), `${field}: ${JSON.stringify(value).slice(0, 40)}`).toBe(before);
        expect(reply.status, `${field}: ${JSON.stringify(value).slice(0, 40)}`).toBeLessThan(500);
        expect(reply.text).not.toMatch(/\bat .*\.ts:\d+|node_modules|"stack"/u);
        expect(reply.text.length).toBeLessThan(200_000);
      }
    }
  });

  it.each([[[]], ['text'], [7], [null]])('that is no object (%j) is refused', async (args) => {
    const reply = await attempt(name, args);
    expect(reply.status).toBeLessThan(500);
    if (args !== null) expect(reply.refused).toBe(true);
  });
});
