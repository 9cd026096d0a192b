import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/auth/caller.ts';
import type { Account } from '../../../src/broker/model/account.ts';
import { epochMs } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createBrokerPool } from '../../../src/tenancy/broker-pool.ts';
import { noAccountChanges } from '../../../src/broker/model/account-change.ts';
import { createOpenContext } from '../../../src/tenancy/create-open-context.ts';
import { createTenantLookup } from '../../../src/tenancy/tenant-lookup.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { account, type CountingBroker, countingBroker } from '../../support/tenant-broker.ts';
import { openTestTenants } from '../../support/tenants.ts';

const ISSUER = 'https://id.example';
const caller = (subject: string): Caller => ({
  issuer: ISSUER,
  subject,
  scopes: new Set(['read']),
  expiresAt: epochMs(0),
});

async function setUp() {
  const clock = createManualClock();
  const tenants = await openTestTenants({ clock });
  const brokers = new Map<string, CountingBroker[]>();
  const pool = createBrokerPool({
    clock,
    log: silentLog,
    loadGrant: (tenant) => tenants.vault.openCredentials(tenant),
    makeBroker: (tenant) => {
      const broker = countingBroker(account(`${tenant.name}-1`));
      brokers.set(tenant.name, [...(brokers.get(tenant.name) ?? []), broker]);
      return broker;
    },
  });
  let lookups = 0;
  const registry = {
    find: (binding: { issuer: string; subject: string }) => {
      lookups += 1;
      return tenants.registry.find(binding);
    },
  };
  const openContext = createOpenContext({
    changesOf: () => noAccountChanges,
    lookup: createTenantLookup({ registry, pool, clock }),
    pool,
    ledger: tenants.storage.ledger,
    clock,
    ids: systemIds,
  });
  const request = { signal: new AbortController().signal, log: silentLog, requestId: 'r' };
  const add = async (name: string): Promise<void> => {
    await tenants.registry.add({ name, environment: 'paper' });
    await tenants.registry.bind(name, { issuer: ISSUER, subject: name });
  };
  const open = (subject: string) => openContext(caller(subject), request);
  const openAs = (subject: string, signal: AbortSignal) => openContext(caller(subject), { ...request, signal });
  const brokersOf = (name: string): readonly CountingBroker[] => brokers.get(name) ?? [];
  return { clock, registry: tenants.registry, add, open, openAs, brokersOf, lookups: () => lookups };
}

const thrown = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('open context', () => {
  it('gives each caller its own tenant and nothing else', async () => {
    const { add, open } = await setUp();
    await add('alpha');
    await add('beta');
    const [alpha, beta, again] = await Promise.all([open('alpha'), open('beta'), open('alpha')]);
    expect(alpha.tenant.name).toBe('alpha');
    expect(beta.tenant.name).toBe('beta');
    expect(again.broker).toBe(alpha.broker);
    expect(beta.broker).not.toBe(alpha.broker);
    expect((await alpha.chooseAccount()).number).toBe('alpha-1');
    expect(await thrown(alpha.chooseAccount('beta-1'))).toMatchObject({ code: 'not_found' });
  });

  it('tells unknown, disabled, removed and other-issuer callers the same', async () => {
    const { add, open, registry } = await setUp();
    for (const name of ['disabled', 'removed']) await add(name);
    await registry.setStatus('disabled', 'disabled');
    await registry.remove('removed');
    const refused = await Promise.all(
      ['unknown', 'disabled', 'removed', 'Disabled', ''].map((subject) => thrown(open(subject))),
    );
    for (const error of refused) {
      expect(error).toMatchObject({ code: 'tenant_unknown' });
      expect({ ...(error as Error) }).toEqual({ ...(refused[0] as Error) });
      expect((error as Error).message).toBe((refused[0] as Error).message);
    }
  });

  it('asks the database once a second at most', async () => {
    const { add, open, clock, lookups } = await setUp();
    await add('alpha');
    await Promise.all(Array.from({ length: 50 }, () => open('alpha')));
    await open('alpha');
    expect(lookups()).toBe(1);
    await clock.advance(1000);
    await open('alpha');
    expect(lookups()).toBe(2);
  });

  it.each(['disable', 'remove'] as const)(
    'stops serving a tenant within a second of %s, and closes its connection',
    async (what) => {
      const { add, open, clock, registry, brokersOf } = await setUp();
      await add('alpha');
      await open('alpha');
      await (what === 'disable' ? registry.setStatus('alpha', 'disabled') : registry.remove('alpha'));
      await clock.advance(1000);
      expect(await thrown(open('alpha'))).toMatchObject({ code: 'tenant_unknown' });
      await clock.advance(30_000);
      expect(brokersOf('alpha').map((broker) => broker.closed())).toEqual([1]);
    },
  );

  it('keeps to a new plan within a second, over the same connection', async () => {
    const { add, open, clock, registry, brokersOf } = await setUp();
    await add('alpha');
    expect((await open('alpha')).tenant.plan.readOnly).toBe(false);
    await registry.setPlan('alpha', { readOnly: true }, 'me');
    await clock.advance(1000);
    expect((await open('alpha')).tenant.plan.readOnly).toBe(true);
    expect(brokersOf('alpha').length).toBe(1);
  });

  it('connects anew within a second of new credentials', async () => {
    const { add, open, clock, registry, brokersOf } = await setUp();
    await add('alpha');
    const before = await open('alpha');
    await registry.connect('alpha', { clientSecret: 's', refreshToken: 'r' });
    await clock.advance(1000);
    expect((await open('alpha')).broker).not.toBe(before.broker);
    expect(brokersOf('alpha').length).toBe(2);
  });

  it('lists the accounts once for all that ask, and again after a minute or a failure', async () => {
    const { add, open, clock, brokersOf } = await setUp();
    await add('alpha');
    const context = await open('alpha');
    const [broker] = brokersOf('alpha');
    await Promise.all(Array.from({ length: 20 }, () => context.chooseAccount()));
    expect(broker?.asked()).toBe(1);
    await clock.advance(60_000);
    broker?.answerWith(() => Promise.reject(new RangeError('down')));
    expect(await thrown(context.chooseAccount())).toBeInstanceOf(RangeError);
    broker?.answerWith(() => Promise.resolve([account('A')]));
    expect((await context.chooseAccount()).number).toBe('A');
    expect(broker?.asked()).toBe(3);
  });

  it('does not let a caller who hangs up take the answer from the others', async () => {
    const { add, open, openAs, brokersOf } = await setUp();
    await add('alpha');
    const context = await open('alpha');
    const leaving = new AbortController();
    const first = await openAs('alpha', leaving.signal);
    const answer = Promise.withResolvers<readonly Account[]>();
    const [broker] = brokersOf('alpha');
    broker?.answerWith(() => answer.promise);
    const left = thrown(first.chooseAccount());
    const stayed = context.chooseAccount();
    leaving.abort(new RangeError('gone'));
    expect(await left).toBeInstanceOf(RangeError);
    answer.resolve([account('A')]);
    expect((await stayed).number).toBe('A');
    expect(broker?.asked()).toBe(1);
  });

  it('does not wait for the accounts for ever', async () => {
    const { add, open, clock, brokersOf } = await setUp();
    await add('alpha');
    const context = await open('alpha');
    const [broker] = brokersOf('alpha');
    broker?.answerWith(
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    );
    const waiting = thrown(context.chooseAccount());
    await clock.advance(10_000);
    expect(await waiting).toMatchObject({ name: 'TimeoutError' });
  });
});
