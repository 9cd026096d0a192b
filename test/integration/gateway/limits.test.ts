import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { Environment } from '../../../src/broker/broker.ts';
import type { EndpointClass } from '../../../src/broker/upstream.ts';
import { type Limits, openLimits } from '../../../src/compose/limits.ts';
import { readConfig } from '../../../src/config.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { inFlow } from '../../../src/core/call-flow.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createFleet } from '../../../src/fleet/fleet.ts';
import { createMetrics } from '../../../src/observability/metrics.ts';
import type { TenantId } from '../../../src/tenancy/tenant.ts';
import { twoRedis } from '../../support/two-redis.ts';

const redis = twoRedis();
const NEVER = new AbortController().signal;
const opened: Limits[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((limits) => limits.close()));
});

function open(at: 0 | 1, variables: Readonly<Record<string, string>> = {}): Limits {
  const connection = redis()[at];
  const basics = { clock: systemClock, ids: systemIds, log: silentLog };
  const limits = openLimits({
    ...basics,
    config: readConfig(variables),
    shared: { redis: connection, fleet: createFleet({ redis: connection, ...basics }) } as Parameters<
      typeof openLimits
    >[0]['shared'],
    metrics: createMetrics(),
  });
  opened.push(limits);
  return limits;
}

const tenant = (environment: Environment = 'live') => ({ id: randomUUID() as TenantId, environment });

/** How long it waited for its turn, in milliseconds. */
async function take(limits: Limits, who: ReturnType<typeof tenant>, endpoint: EndpointClass): Promise<number> {
  const startMs = performance.now();
  const turn = await limits.of(who).throttle(endpoint, { signal: NEVER });
  turn.left();
  turn.ended();
  return performance.now() - startMs;
}

describe('the limits of two replicas', () => {
  it('hold a tenant to the published ceiling of a class, together', async () => {
    const [first, second] = [open(0), open(1)];
    const who = tenant();
    const waits = await Promise.all([take(first, who, 'account'), take(second, who, 'account')]);
    expect(Math.max(...waits)).toBeGreaterThan(900);
    expect(Math.min(...waits)).toBeLessThan(900);
  });

  // A store that answers late on a busy machine is not what this is about.
  it('know no such ceiling for paper', { retry: 3 }, async () => {
    const limits = open(0);
    const who = tenant('paper');
    const waits = await Promise.all([0, 1, 2].map(() => take(limits, who, 'account')));
    expect(Math.max(...waits)).toBeLessThan(900);
  });

  it('hold the grants of all tenants to a rate of their own', async () => {
    const [first, second] = [open(0, { GRANTS_PER_SECOND: '2' }), open(1, { GRANTS_PER_SECOND: '2' })];
    const startMs = performance.now();
    const done = await Promise.all(
      Array.from({ length: 6 }, async (_, n) => {
        await take(n % 2 === 0 ? first : second, tenant('sandbox'), 'token');
        return performance.now() - startMs;
      }),
    );
    expect(done.filter((ms) => ms < 900).length).toBeLessThanOrEqual(2);
    expect(done.filter((ms) => ms < 2000).length).toBeLessThanOrEqual(4);
  });

  it('slow down a tenant on both when the broker asked one of them for it, and nobody else', async () => {
    const [first, second] = [open(0), open(1)];
    const [slowed, other] = [tenant(), tenant()];
    // Until the other one listens.
    await expect
      .poll(
        async () => {
          first.of(slowed).slowDown('other', 1500);
          await systemClock.sleep(100);
          return take(second, slowed, 'other');
        },
        { timeout: 10_000, interval: 1 },
      )
      .toBeGreaterThan(1000);
    first.of(slowed).slowDown('other', 1500);
    expect(await take(second, other, 'other')).toBeLessThan(900);
    expect(await take(second, slowed, 'order-reads')).toBeLessThan(900);
    expect(await take(first, slowed, 'other')).toBeGreaterThan(1000);
  });

  it('give the callers of a tenant their turns by round', async () => {
    const limits = open(0, { TENANT_REQUESTS_PER_SECOND: '1' });
    const who = tenant('paper');
    const order: string[] = [];
    const call = (caller: string): Promise<number> =>
      inFlow(caller, async () => order.push(`${caller} ${await take(limits, who, 'other').then(() => '')}`.trim()));
    const calls = [...Array.from({ length: 4 }, () => call('loud')), call('quiet')];
    await Promise.all(calls);
    expect(order.indexOf('quiet')).toBeLessThanOrEqual(2);
  });
});
