import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestGateway, startTestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  // The limits that everybody starts with: what is asked together is read together.
  gateway = await startTestGateway({ TENANT_REQUESTS_PER_SECOND: '5' });
});
afterAll(() => gateway.close());

describe('two tenants at once', () => {
  it('200 interleaved calls that all use JSON-RPC id 1 cross no answer', async () => {
    const [demo, cash] = [gateway.token('demo'), gateway.token('demo-cash')];
    const own = async (token: string) => (await gateway.call(token, 'get_balances')).data['account_number'];
    const [demoAccount, cashAccount] = [await own(demo), await own(cash)];
    expect(demoAccount).not.toBe(cashAccount);
    const calls = Array.from({ length: 200 }, async (_, n) => {
      const isDemo = n % 2 === 0;
      const reply = await gateway.call(isDemo ? demo : cash, 'get_balances', {}, 1);
      return { expected: isDemo ? demoAccount : cashAccount, seen: reply.data['account_number'], text: reply.text };
    });
    const replies = await Promise.all(calls);
    expect(replies.filter((reply) => reply.seen !== reply.expected)).toEqual([]);
  });

  it("another tenant's account looks like one that does not exist", async () => {
    const cash = await gateway.call(gateway.token('demo-cash'), 'get_balances');
    const foreign = await gateway.call(gateway.token('demo'), 'get_positions', {
      account_number: String(cash.data['account_number']),
    });
    const unknown = await gateway.call(gateway.token('demo'), 'get_positions', { account_number: '5WX99999' });
    expect(foreign.isError).toBe(true);
    expect(foreign.error).toEqual(unknown.error);
  });

  it('a login with two accounts asks which, and takes the one that is named', async () => {
    const token = gateway.token('demo-two');
    const asked = await gateway.call(token, 'get_balances');
    expect(asked.error).toMatchObject({ code: 'choice_needed' });
    const numbers = JSON.stringify(asked.error).match(/5W[A-Z0-9]{4,}/gu) ?? [];
    expect(new Set(numbers).size).toBe(2);
    const named = await gateway.call(token, 'get_balances', { account_number: String(numbers[1]) });
    expect(named.data['account_number']).toBe(numbers[1]);
  });
});
