import Fastify from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEV_AUDIENCE, DEV_ISSUER, openDevIssuer } from '../../../src/auth/dev-issuer.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createBrokerPool } from '../../../src/tenancy/broker-pool.ts';
import { noAccountChanges } from '../../../src/broker/model/account-change.ts';
import { createOpenContext } from '../../../src/tenancy/create-open-context.ts';
import { issueDevToken } from '../../../src/tenancy/dev-token.ts';
import { createTenantLookup } from '../../../src/tenancy/tenant-lookup.ts';
import { registerAuth } from '../../../src/transports/http/auth.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { account, countingBroker } from '../../support/tenant-broker.ts';
import { openTestTenants } from '../../support/tenants.ts';

async function setUp() {
  const clock = createManualClock();
  const { registry, storage, vault, dataDir } = await openTestTenants({ clock });
  const devIssuer = await openDevIssuer({ dataDir, clock, ids: systemIds });
  const app = Fastify();
  onTestFinished(() => app.close());
  const verify = await registerAuth(app, { issuer: DEV_ISSUER, audience: DEV_AUDIENCE, keys: devIssuer.keys, clock });
  const pool = createBrokerPool({
    clock,
    log: silentLog,
    loadGrant: (tenant) => vault.openCredentials(tenant),
    makeBroker: (tenant) => countingBroker(account(`${tenant.name}-1`)),
  });
  onTestFinished(() => pool.close());
  const openContext = createOpenContext({
    changesOf: () => noAccountChanges,
    ledger: storage.ledger,
    lookup: createTenantLookup({ registry, pool, clock }),
    pool,
    clock,
    ids: systemIds,
  });
  const facts = { signal: new AbortController().signal, log: silentLog, requestId: 'r' };
  const open = async (token: string) => openContext(await verify(`Bearer ${token}`), facts);
  const tokenFor = (tenant: string) => issueDevToken({ registry, devIssuer }, { tenant, scopes: ['read'] });
  return { clock, registry, open, tokenFor };
}

describe('from a development token to a context', () => {
  it('leads each token to its own tenant', async () => {
    const { registry, open, tokenFor } = await setUp();
    for (const name of ['alpha', 'beta']) await registry.add({ name, environment: 'paper' });
    const [alpha, beta] = await Promise.all(['alpha', 'beta'].map(async (name) => open(await tokenFor(name))));
    expect([alpha?.tenant.name, beta?.tenant.name]).toEqual(['alpha', 'beta']);
    expect((await alpha?.chooseAccount())?.number).toBe('alpha-1');
    expect(alpha?.caller.scopes).toEqual(new Set(['read']));
    await expect(alpha?.chooseAccount('beta-1')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('gives the token of a removed tenant nothing of its successor of the same name', async () => {
    const { registry, open, tokenFor, clock } = await setUp();
    await registry.add({ name: 'desk', environment: 'paper' });
    const old = await tokenFor('desk');
    await registry.remove('desk');
    await registry.add({ name: 'desk', environment: 'live' });
    const fresh = await tokenFor('desk');
    await clock.advance(1000);
    await expect(open(old)).rejects.toMatchObject({ code: 'tenant_unknown' });
    expect((await open(fresh)).tenant.environment).toBe('live');
  });

  it('ends with the thirty days of the token', async () => {
    const { registry, open, tokenFor, clock } = await setUp();
    await registry.add({ name: 'desk', environment: 'paper' });
    const token = await tokenFor('desk');
    clock.set(clock.now() + 30 * 86_400_000 - 1000);
    await expect(open(token)).resolves.toBeDefined();
    clock.set(clock.now() + 6001);
    await expect(open(token)).rejects.toMatchObject({ code: 'unauthenticated', details: { reason: 'expired' } });
  });
});
