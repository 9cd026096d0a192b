import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Clock, epochMs, systemClock } from '../../../src/core/clock.ts';
import { type GatewayReplicas, startGatewayReplicas } from '../../support/gateway-replicas.ts';

const REPLICAS = 3;
const EACH = 25;

/** Runs ahead of the machine's by what it is told: for all replicas and the broker at once. */
const ahead = { ms: 0 };
const clock: Clock = {
  ...systemClock,
  now: () => epochMs(systemClock.now() + ahead.ms),
  monotonicMs: () => systemClock.monotonicMs() + ahead.ms,
};

let replicas: GatewayReplicas;
beforeAll(async () => {
  replicas = await startGatewayReplicas({ count: REPLICAS, redisUrl: inject('redisUrl'), clock });
});
afterAll(() => replicas.close());

const grants = (customer: string): number => replicas.simulator.control.counters().tokenGrants[customer] ?? 0;
const tokenCalls = (): number => replicas.simulator.control.counters().requests['POST /oauth/token'] ?? 0;

/** Reads of several kinds, so that not all of them are one and the same upstream. */
function readsEverywhere(token: string, each = EACH) {
  const tools = ['get_balances', 'get_watchlists', 'get_positions', 'get_live_orders'];
  return Promise.all(
    Array.from({ length: REPLICAS * each }, (_, n) =>
      replicas.call(n, { token, tool: tools[Math.floor(n / REPLICAS) % tools.length] ?? '' }),
    ),
  );
}

const errorsOf = (replies: Awaited<ReturnType<typeof readsEverywhere>>) =>
  replies.filter(({ isError }) => isError).map(({ error, text }) => error?.['code'] ?? text);

describe('an access token over three replicas', () => {
  it('is asked for once by many concurrent calls on each, cold, forgotten by the broker, or past its end', async () => {
    const token = await replicas.addTenant('margin');
    expect(errorsOf(await readsEverywhere(token))).toEqual([]);
    expect(grants('margin')).toBe(1);

    replicas.simulator.control.expireTokens('margin');
    expect(errorsOf(await readsEverywhere(token))).toEqual([]);
    expect(grants('margin')).toBe(2);

    ahead.ms += 901_000;
    expect(errorsOf(await readsEverywhere(token))).toEqual([]);
    expect(grants('margin')).toBe(3);
    const counted = await Promise.all(replicas.metrics.map((metrics) => metrics.text()));
    const total = (metric: string): number =>
      counted
        .flatMap((text) => text.split('\n').filter((line) => line.startsWith(metric)))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    expect(total('gateway_broker_token_refreshes_total{outcome="ok"}')).toBe(3);
    expect(total('gateway_broker_token_shared_total')).toBeGreaterThanOrEqual(6);
  });

  it('is another one for each tenant', async () => {
    const [cash, two] = [await replicas.addTenant('cash'), await replicas.addTenant('two-accounts')];
    const replies = await Promise.all([readsEverywhere(cash, 5), readsEverywhere(two, 5)]);
    expect(replies.flatMap((reads) => errorsOf(reads)).filter((code) => code !== 'choice_needed')).toEqual([]);
    expect([grants('cash'), grants('two-accounts')]).toEqual([1, 1]);
  });
});

describe('a grant that was revoked', () => {
  it('is tried once by three replicas, which all say the same', async () => {
    const token = await replicas.addTenant('revoked-customer');
    replicas.simulator.control.revokeGrant('revoked-customer');
    const before = tokenCalls();
    const replies = [...(await readsEverywhere(token, 20)), ...(await readsEverywhere(token, 5))];
    expect(new Set(errorsOf(replies))).toEqual(new Set(['reconnect_needed']));
    expect(replies.filter(({ isError }) => isError)).toHaveLength(replies.length);
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(tokenCalls() - before).toBe(1);
  });

  it('gives way to another as soon as it is connected', async () => {
    const token = await replicas.addTenant('unlucky');
    replicas.simulator.control.revokeGrant('unlucky');
    expect(new Set(errorsOf(await readsEverywhere(token, 2)))).toEqual(new Set(['reconnect_needed']));
    const [gateway] = replicas.gateways;
    await gateway?.tenancy.registry.connect('unlucky', replicas.simulator.grantFor('lucky'));
    // What an operator changes takes effect within a second.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(errorsOf(await readsEverywhere(token, 2))).toEqual([]);
    expect(grants('lucky')).toBe(1);
  });
});
