import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestGateway, readRpc, startTestGateway } from '../../support/gateway.ts';
import { EFFECTS, MALFORMED } from '../../unit/tools/malformed-tickets.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

/** What JSON cannot say never arrives: a NaN becomes null, which is another ticket. */
const survivesJson = (args: unknown): boolean =>
  JSON.stringify(args, (_, value: unknown) =>
    value === undefined || (typeof value === 'number' && !Number.isFinite(value)) ? 'lost' : value,
  ) === JSON.stringify(args);

/** Without those that depend on what an account holds. */
const cases = MALFORMED.filter((each) => survivesJson(each[1]) && !EFFECTS.includes(each));

it('a malformed ticket is refused over HTTP as well, and no order of it ever reaches the broker', async () => {
  expect(cases.length).toBeGreaterThan(100);
  const token = gateway.token('demo-cash');
  for (const [what, args, tool = 'place_order'] of cases) {
    const message = { id: 1, method: 'tools/call', params: { name: tool, arguments: args } };
    const response = await gateway.post(token, message);
    expect(response.status, what).toBeLessThan(500);
    const { result, error } = await readRpc(response);
    expect(
      error !== undefined || result?.isError === true,
      `${what}: ${(JSON.stringify(result) ?? '').slice(0, 300)}`,
    ).toBe(true);
  }
  const { orders, requests } = gateway.simulator.control.counters();
  expect(orders).toEqual({});
  const writes = Object.keys(requests).filter((route) => /^(?:POST|PUT|PATCH|DELETE) .*orders/u.test(route));
  expect(writes.filter((route) => !route.includes('dry-run'))).toEqual([]);
});
