import { describe, expect, it } from 'vitest';
import { DEFAULT_PLANS } from '../../../src/tenancy/plan/plan.ts';
import type { TenantId } from '../../../src/tenancy/tenant.ts';
import { openTestTenants } from '../../support/tenants.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const grant = { clientSecret: 'secret', refreshToken: 'token' };
const alice = { issuer: 'https://id.example/', subject: 'alice' };

describe('registry', () => {
  it('adds a tenant and shows it', async () => {
    const clock = createManualClock();
    const { registry } = await openTestTenants({ clock });
    const tenant = await registry.add({ name: 'desk-1', environment: 'live', account: '5WT00001', grant });
    expect(tenant).toEqual({
      id: tenant.id,
      name: 'desk-1',
      environment: 'live',
      account: '5WT00001',
      status: 'enabled',
      plan: DEFAULT_PLANS.live,
      createdAt: clock.now(),
      updatedAt: clock.now(),
    });
    expect(await registry.show('desk-1')).toEqual({
      tenant,
      credentialsVersion: 1,
      bindings: [],
    });
  });

  it.each(['', 'Desk', 'a b', '-a', 'a-', 'a_b', 'é', 'a'.repeat(41), '../a', 'a\n'])(
    'refuses the name %j',
    async (name) => {
      const { registry } = await openTestTenants();
      await expect(registry.add({ name, environment: 'paper' })).rejects.toMatchObject({ code: 'invalid_input' });
    },
  );

  it('refuses a taken name, a strange account, and names that are not there', async () => {
    const { registry } = await openTestTenants();
    await registry.add({ name: 'a', environment: 'paper' });
    await expect(registry.add({ name: 'a', environment: 'live' })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(registry.add({ name: 'b', environment: 'paper', account: '../x' })).rejects.toMatchObject({
      code: 'invalid_input',
    });
    for (const asked of [
      registry.show('b'),
      registry.connect('b', grant),
      registry.remove('b'),
      registry.setStatus('b', 'disabled'),
      registry.bind('b', alice),
      registry.plan('b'),
      registry.setPlan('b', {}, 'me'),
      registry.changePlan('b', [], 'me'),
      registry.idOf('b'),
    ]) {
      await expect(asked).rejects.toMatchObject({ code: 'not_found' });
    }
    expect((await registry.list()).map(({ tenant }) => tenant.name)).toEqual(['a']);
  });

  it('binds a caller to one tenant, any number of times', async () => {
    const { registry } = await openTestTenants();
    const desk = await registry.add({ name: 'desk', environment: 'paper' });
    await registry.add({ name: 'other', environment: 'paper' });
    await registry.bind('desk', alice);
    await registry.bind('desk', alice);
    expect((await registry.show('desk')).bindings).toEqual([alice]);
    expect((await registry.find(alice))?.tenant.id).toBe(desk.id);
    await expect(registry.bind('other', alice)).rejects.toMatchObject({ code: 'invalid_input' });
    expect(await registry.find({ ...alice, subject: 'Alice' })).toBeUndefined();
    expect(await registry.find({ ...alice, issuer: 'https://id.example' })).toBeUndefined();
  });

  it.each(['', ' alice', 'alice\n', 'a\u0000b', 'al\u200bice', '\u202eecila', 'a'.repeat(256)])(
    'refuses to bind %j',
    async (text) => {
      const { registry } = await openTestTenants();
      await registry.add({ name: 'desk', environment: 'paper' });
      await expect(registry.bind('desk', { ...alice, subject: text })).rejects.toMatchObject({ code: 'invalid_input' });
      await expect(registry.bind('desk', { ...alice, issuer: text })).rejects.toMatchObject({ code: 'invalid_input' });
    },
  );

  it('gives a name that was removed and added again nothing of the first', async () => {
    const { registry, vault } = await openTestTenants();
    const first = await registry.add({ name: 'desk', environment: 'live', grant });
    await registry.bind('desk', alice);
    await registry.remove('desk');
    const second = await registry.add({ name: 'desk', environment: 'live' });
    expect(second.id).not.toBe(first.id);
    expect(await registry.find(alice)).toBeUndefined();
    await expect(vault.openCredentials(second)).rejects.toMatchObject({ code: 'reconnect_needed' });
    await expect(vault.openCredentials(first)).rejects.toMatchObject({ code: 'reconnect_needed' });
  });

  it('disables, enables and connects', async () => {
    const { registry, vault } = await openTestTenants();
    const tenant = await registry.add({ name: 'desk', environment: 'live' });
    await registry.bind('desk', alice);
    await registry.setStatus('desk', 'disabled');
    expect((await registry.find(alice))?.tenant.status).toBe('disabled');
    await registry.setStatus('desk', 'enabled');
    await registry.connect('desk', grant);
    expect(await registry.find(alice)).toMatchObject({ tenant: { status: 'enabled' }, credentialsVersion: 1 });
    expect(await vault.openCredentials(tenant)).toEqual(grant);
  });

  it('finds by id, enabled or not, and knows names until a tenant is removed', async () => {
    const { registry } = await openTestTenants();
    const tenant = await registry.add({ name: 'desk', environment: 'paper' });
    await registry.setStatus('desk', 'disabled');
    expect(await registry.findById(tenant.id)).toMatchObject({ tenant: { name: 'desk', status: 'disabled' } });
    expect(await registry.idOf('desk')).toBe(tenant.id);
    expect(await registry.nameOf(tenant.id)).toBe('desk');
    await registry.remove('desk');
    expect(await registry.findById(tenant.id)).toBeUndefined();
    expect(await registry.findById('nobody' as TenantId)).toBeUndefined();
    expect(await registry.nameOf(tenant.id)).toBeUndefined();
  });

  it('does not understand a tenant with a word it does not know', async () => {
    const { registry, storage } = await openTestTenants();
    await registry.add({ name: 'desk', environment: 'paper' });
    await storage.database.run((db) => db.updateTable('tenants').set({ environment: 'moon' }).execute());
    await expect(registry.show('desk')).rejects.toMatchObject({ code: 'internal' });
  });
});
