import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/core/log.ts';
import { createBrokerPool } from '../../../src/tenancy/broker-pool.ts';
import type { TenantId, TenantRecord } from '../../../src/tenancy/tenant.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { type CountingBroker, countingBroker } from '../../support/tenant-broker.ts';
import { testTenant } from '../../support/test-tenant.ts';

const record = (id: string, credentialsVersion = 1): TenantRecord => ({
  tenant: testTenant(id),
  credentialsVersion,
});

function setUp(options: { maxTenants?: number } = {}) {
  const clock = createManualClock();
  const made: CountingBroker[] = [];
  const grants: string[] = [];
  const pool = createBrokerPool({
    ...options,
    clock,
    log: silentLog,
    makeBroker: (_, loadGrant) => {
      const broker = countingBroker();
      broker.answerWith(async () => {
        grants.push((await loadGrant()).refreshToken);
        return [];
      });
      made.push(broker);
      return broker;
    },
    loadGrant: async (tenant) => ({ clientSecret: 's', refreshToken: `token of ${tenant.id}` }),
  });
  return { clock, pool, made, grants };
}

const closings = (made: readonly CountingBroker[]): number[] => made.map((broker) => broker.closed());

describe('broker pool', () => {
  it('makes one broker per tenant, bound to its own grant', async () => {
    const { pool, made, grants } = setUp();
    const a = pool.use(record('a'));
    expect(pool.use(record('a')).broker).toBe(a.broker);
    const b = pool.use(record('b'));
    expect(b.broker).not.toBe(a.broker);
    expect(made.length).toBe(2);
    const { signal } = new AbortController();
    await a.accounts.list(signal);
    await b.accounts.list(signal);
    expect(grants).toEqual(['token of a', 'token of b']);
  });

  it('makes a new broker when the credentials have changed; the old one ends after its calls', async () => {
    const { pool, made, clock } = setUp();
    pool.use(record('a', 1));
    pool.use(record('a', 2));
    expect(made.length).toBe(2);
    await clock.advance(29_999);
    expect(closings(made)).toEqual([0, 0]);
    await clock.advance(1);
    expect(closings(made)).toEqual([1, 0]);
  });

  it('closes what has not been used for ten minutes, and makes it anew on demand', async () => {
    const { pool, made, clock } = setUp();
    pool.use(record('a'));
    pool.use(record('b'));
    await clock.advance(400_000);
    pool.use(record('a'));
    await clock.advance(240_000);
    expect(closings(made)).toEqual([0, 1]);
    pool.use(record('b'));
    expect(made.length).toBe(3);
  });

  it('drops a tenant: no new call gets the old broker', async () => {
    const { pool, made, clock } = setUp();
    pool.use(record('a'));
    pool.drop('a' as TenantId);
    pool.drop('a' as TenantId);
    pool.drop('unknown' as TenantId);
    await clock.advance(60_000);
    expect(closings(made)).toEqual([1]);
  });

  it('gives a place up only when its tenant is not at work', async () => {
    const { pool, made, clock } = setUp({ maxTenants: 2 });
    pool.use(record('a'));
    await clock.advance(1000);
    pool.use(record('b'));
    expect(() => pool.use(record('c'))).toThrow(expect.objectContaining({ code: 'overloaded' }));
    await clock.advance(29_000);
    pool.use(record('c'));
    expect(closings(made)).toEqual([1, 0, 0]);
  });

  it('closes everything once, and opens nothing afterwards', async () => {
    const { pool, made, clock } = setUp();
    pool.use(record('a'));
    pool.use(record('b'));
    pool.drop('b' as TenantId);
    await pool.close();
    await pool.close();
    expect(closings(made)).toEqual([1, 1]);
    expect(() => pool.use(record('a'))).toThrow(expect.objectContaining({ code: 'overloaded' }));
    await clock.advance(60_000);
  });
});
