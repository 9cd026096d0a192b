import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { openTestTenants } from '../../support/tenants.ts';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, '../../support/tenant-adder.ts');
const PROCESSES = 4;
const TENANTS_EACH = 15;

it('lets processes that start together make, share and write one data folder', async () => {
  const dataDir = join(await temporaryFolder(), 'shared');
  const started = Array.from({ length: PROCESSES }, (_, index) =>
    run(process.execPath, [PROGRAM, dataDir, `p${index}`, String(TENANTS_EACH)]),
  );
  const said = await Promise.all(started);
  expect(new Set(said.map(({ stdout }) => stdout)).size).toBe(1);
  const { registry, vault } = await openTestTenants({ dataDir });
  const tenants = await registry.list();
  expect(tenants.length).toBe(PROCESSES * TENANTS_EACH);
  for (const { tenant } of tenants) {
    const grant = { clientSecret: `secret of ${tenant.name}`, refreshToken: `token of ${tenant.name}` };
    expect(await vault.openCredentials(tenant)).toEqual(grant);
  }
  for (const name of await readdir(dataDir))
    expect([name, (await stat(join(dataDir, name))).mode & 0o077]).toEqual([name, 0]);
});
