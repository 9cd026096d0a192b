import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { systemClock } from '../../src/core/clock.ts';
import { systemIds } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import { openStorage, type Storage } from '../../src/storage/storage.ts';
import { createRegistry, type Registry } from '../../src/tenancy/registry.ts';
import { deriveKey } from '../../src/tenancy/vault/derive-key.ts';
import { createVault, type Vault } from '../../src/tenancy/vault/vault.ts';
import { openVaultKey } from '../../src/tenancy/vault/vault-key.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type TestTenants = {
  readonly dataDir: string;
  readonly storage: Storage;
  readonly vault: Vault;
  readonly registry: Registry;
};

/** A real registry and vault over SQLite in a folder of the running test's own, or in `dataDir`, with the keys of its gateway. */
export async function openTestTenants(
  options: { dataDir?: string; clock?: Clock; vaultKey?: string } = {},
): Promise<TestTenants> {
  const { clock = systemClock, dataDir = await temporaryFolder() } = options;
  const vaultKey = options.vaultKey === undefined ? {} : { vaultKey: options.vaultKey };
  const key = await openVaultKey({ ...vaultKey, dataDir, ids: systemIds });
  const auditKey = deriveKey(key, 'audit chain');
  const storage = await openStorage({ dataDir, auditKey, clock: systemClock, log: silentLog });
  onTestFinished(() => storage.close());
  const vault = createVault({ key, credentials: storage.credentials, clock, ids: systemIds });
  return { dataDir, storage, vault, registry: createRegistry({ storage, vault, clock, ids: systemIds }) };
}
