import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemIds } from '../../../src/core/ids.ts';
import { openTestTenants, type TestTenants } from '../../support/tenants.ts';

const grant = { clientSecret: 'canary-client-secret-4711', refreshToken: 'canary-refresh-token-0815' };

async function rawBytes(dataDir: string): Promise<string> {
  const names = (await readdir(dataDir)).filter((name) => name.startsWith('gateway.db'));
  return (await Promise.all(names.map((name) => readFile(join(dataDir, name), 'latin1')))).join('\n');
}

const forms = (secret: string): string[] => {
  const bytes = Buffer.from(secret);
  const aligned = [0, 1, 2].map((skip) => bytes.subarray(skip).toString('base64').slice(0, 20));
  return [secret, bytes.toString('hex'), encodeURIComponent(secret), ...aligned];
};

/** Writes one tenant's sealed rows over another's, as somebody who holds the database could. */
async function copyRows({ storage }: TestTenants, from: string, to: string): Promise<void> {
  await storage.database.run(async (db) => {
    const rows = await db.selectFrom('credentials').selectAll().where('tenantId', '=', from).execute();
    await db.deleteFrom('credentials').where('tenantId', '=', to).execute();
    await db
      .insertInto('credentials')
      .values(rows.map((row) => ({ ...row, tenantId: to })))
      .execute();
  });
}

describe('vault', () => {
  it('gives back what was sealed, the newest', async () => {
    const { registry, vault } = await openTestTenants();
    const tenant = await registry.add({ name: 'desk', environment: 'live', grant });
    expect(await vault.openCredentials(tenant)).toEqual(grant);
    expect(await vault.sealCredentials(tenant, { ...grant, refreshToken: 'newer' })).toBe(2);
    expect(await vault.openCredentials(tenant)).toEqual({ ...grant, refreshToken: 'newer' });
  });

  it('leaves no secret in the clear in any file', async () => {
    const { registry, dataDir } = await openTestTenants();
    await registry.add({ name: 'desk', environment: 'live', grant });
    const raw = await rawBytes(dataDir);
    expect(raw).toContain('refreshToken');
    for (const secret of Object.values(grant)) for (const form of forms(secret)) expect(raw).not.toContain(form);
  });

  it('leaves nothing of a removed tenant in any file, not even sealed', async () => {
    const { registry, dataDir, storage } = await openTestTenants();
    const tenant = await registry.add({ name: 'desk', environment: 'live', grant });
    const sealed = (await storage.credentials.read(tenant.id)).map((row) => row.sealed.slice(0, 60));
    const before = await rawBytes(dataDir);
    for (const text of sealed) expect(before).toContain(text);
    await registry.remove('desk');
    const after = await rawBytes(dataDir);
    for (const text of sealed) expect(after).not.toContain(text);
  });

  it('does not open rows that were moved to another tenant', async () => {
    const tenants = await openTestTenants();
    const rich = await tenants.registry.add({ name: 'rich', environment: 'live', grant });
    const poor = await tenants.registry.add({
      name: 'poor',
      environment: 'live',
      grant: { ...grant, refreshToken: 'own' },
    });
    await copyRows(tenants, rich.id, poor.id);
    await expect(tenants.vault.openCredentials(poor)).rejects.toMatchObject({ code: 'internal' });
  });

  it('does not open fields that were swapped, nor an older version put back', async () => {
    const tenants = await openTestTenants();
    const { storage, vault, registry } = tenants;
    const tenant = await registry.add({ name: 'desk', environment: 'live', grant });
    const [secret, token] = await storage.credentials.read(tenant.id);
    const put = (field: string, sealed: string) =>
      storage.database.run((db) => db.updateTable('credentials').set({ sealed }).where('field', '=', field).execute());
    await put('clientSecret', token?.sealed ?? '');
    await expect(vault.openCredentials(tenant)).rejects.toMatchObject({ code: 'internal' });
    await put('clientSecret', secret?.sealed ?? '');
    await expect(vault.openCredentials(tenant)).resolves.toEqual(grant);
    await vault.sealCredentials(tenant, { ...grant, refreshToken: 'newer' });
    await put('refreshToken', token?.sealed ?? '');
    await expect(vault.openCredentials(tenant)).rejects.toMatchObject({ code: 'internal' });
    await storage.database.run((db) => db.updateTable('credentials').set({ version: 1 }).execute());
    await expect(vault.openCredentials(tenant)).rejects.toMatchObject({ code: 'reconnect_needed' });
  });

  it('does not open when the tenant was moved to another environment', async () => {
    const { registry, vault } = await openTestTenants();
    const tenant = await registry.add({ name: 'desk', environment: 'sandbox', grant });
    await expect(vault.openCredentials({ ...tenant, environment: 'live' })).rejects.toMatchObject({ code: 'internal' });
  });

  it('says when there are no credentials, and when the key is another one', async () => {
    const { registry, vault, dataDir } = await openTestTenants();
    const bare = await registry.add({ name: 'bare', environment: 'paper' });
    await expect(vault.openCredentials(bare)).rejects.toMatchObject({ code: 'reconnect_needed' });
    const tenant = await registry.add({ name: 'desk', environment: 'live', grant });
    const other = await openTestTenants({ dataDir, vaultKey: systemIds.secret(32) });
    await expect(other.vault.openCredentials(tenant)).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('never shows a secret in an error', async () => {
    const { registry, vault } = await openTestTenants();
    const tenant = await registry.add({ name: 'desk', environment: 'live', grant });
    const error: unknown = await vault
      .openCredentials({ ...tenant, environment: 'paper' })
      .catch((thrown: unknown) => thrown);
    const told = error instanceof Error ? `${error.stack} ${JSON.stringify(error)}` : '';
    expect(told).toContain('do not open');
    for (const secret of Object.values(grant)) for (const form of forms(secret)) expect(told).not.toContain(form);
  });
});
