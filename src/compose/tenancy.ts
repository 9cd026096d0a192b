import type { Config } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import { type Storage, openStorage } from '../storage/storage.ts';
import { type Registry, createRegistry } from '../tenancy/registry.ts';
import { deriveKey } from '../tenancy/vault/derive-key.ts';
import { openVaultKey } from '../tenancy/vault/vault-key.ts';
import { type Vault, createVault } from '../tenancy/vault/vault.ts';

/** What every part of the program is given, whatever it does. */
export type Basics = { readonly config: Config; readonly clock: Clock; readonly ids: IdSource; readonly log: Log };

/** The tenants and their sealed credentials: what the gateway and its commands have in common. */
export type Tenancy = {
  readonly storage: Storage;
  readonly registry: Registry;
  readonly vault: Vault;
  /** A key of its own for each purpose, the same wherever the vault key is. 32 bytes. */
  deriveKey(purpose: string): Uint8Array;
  close(): Promise<void>;
};

export async function openTenancy({ config, clock, ids, log }: Basics): Promise<Tenancy> {
  const { dataDir, databaseUrl, databaseLimits, vaultKey } = config;
  const key = await openVaultKey({ dataDir, ids, ...(vaultKey === undefined ? {} : { vaultKey }) });
  const storage = await openStorage({
    dataDir,
    limits: databaseLimits,
    auditKey: deriveKey(key, 'audit chain'),
    clock,
    log,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  });
  const vault = createVault({ key, credentials: storage.credentials, clock, ids });
  return {
    storage,
    vault,
    registry: createRegistry({ storage, vault, clock, ids }),
    deriveKey: (purpose) => deriveKey(key, purpose),
    close: () => storage.close(),
  };
}
