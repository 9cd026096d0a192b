import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapAtMost } from '../../../src/core/map-at-most.ts';
import { type EdgeReplicas, startEdgeReplicas } from '../../support/edge/edge-replicas.ts';
import { LEGS } from '../../support/edge/legs.ts';
import type { Leg } from '../../support/edge/legs.ts';
import { roundRobin } from '../../support/edge/round-robin.ts';
import { testTools } from '../../support/edge/test-tools.ts';

const CLIENTS = 60;
const AT_ONCE = 12;
const TENANTS: Readonly<Record<string, string>> = { trader: 'ada', other: 'bob' };

let replicas: EdgeReplicas;
beforeAll(async () => {
  replicas = await startEdgeReplicas(3, () => [testTools().pack]);
});
afterAll(() => replicas.close());

/** A client's whole life, each request of it on another replica: it says what it wants to hear, and hears nothing else. */
async function live(leg: Leg, at: number, fetch: ReturnType<typeof roundRobin>['fetch']): Promise<void> {
  const token = at % 2 === 0 ? 'trader' : 'other';
  const client = await leg.connect({
    url: replicas.urls[0] ?? '',
    token,
    fetch,
    answer: async () => ({ action: 'accept', content: { sure: true } }),
  });
  expect(await client.listTools()).toContain('whoami');
  for (const step of [1, 2]) {
    const word = `${leg.name} ${at} ${step}`;
    const { structuredContent } = await client.call('whoami', { word });
    expect(structuredContent).toEqual({ tenant: TENANTS[token], word });
  }
  const { structuredContent } = await client.call('sell', { quantity: at + 1 });
  expect(structuredContent).toEqual({ sold: at + 1 });
  await client.close();
}

const legs = LEGS.filter(({ isHttp, name }) => isHttp && !name.includes('SSE'));

describe.each(legs)('$name, round robin over three replicas, a connection for each request', (leg) => {
  it(`serves ${CLIENTS} clients of several steps, asks each its own question, and loses no session`, async () => {
    const proxy = roundRobin(replicas.urls);
    await mapAtMost(
      AT_ONCE,
      Array.from({ length: CLIENTS }, (_, at) => at),
      (at) => live(leg, at, proxy.fetch),
    );
    expect(proxy.failures).toEqual([]);
    expect(Math.min(...proxy.counts)).toBeGreaterThan(CLIENTS);
    await proxy.close();
  });
});
