import type { BrokerGrant } from '../../broker/upstream.ts';
import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { IdSource } from '../../core/ids.ts';
import type { CredentialStore, SealedRow } from '../../storage/stores/credential-store.ts';
import type { Tenant } from '../tenant.ts';
import { seal, unseal } from './envelope.ts';
import type { VaultKey } from './vault-key.ts';

/** Keeps broker credentials so that nobody who reads the database can use them. */
export type Vault = {
  /** Replaces the tenant's credentials. Answers with their version. */
  sealCredentials(tenant: Tenant, grant: BrokerGrant): Promise<number>;
  /** Throws `reconnect_needed` when there are none, `config_invalid` when they were sealed with another key. */
  openCredentials(tenant: Tenant): Promise<BrokerGrant>;
};

export type VaultDeps = {
  readonly key: VaultKey;
  readonly credentials: CredentialStore;
  readonly clock: Clock;
  readonly ids: IdSource;
};

const FIELDS = ['clientSecret', 'refreshToken'] as const satisfies readonly (keyof BrokerGrant)[];
type Field = (typeof FIELDS)[number];

export function createVault(deps: VaultDeps): Vault {
  return {
    sealCredentials: (tenant, grant) => sealCredentials(deps, tenant, grant),
    async openCredentials(tenant) {
      const rows = await deps.credentials.read(tenant.id);
      const open = (field: Field): string => openField(deps.key, tenant, { field, rows });
      return { clientSecret: open('clientSecret'), refreshToken: open('refreshToken') };
    },
  };
}

async function sealCredentials(
  { key, ids, credentials, clock }: VaultDeps,
  tenant: Tenant,
  grant: BrokerGrant,
): Promise<number> {
  const sealAll = (version: number): SealedRow[] =>
    FIELDS.map((field) => {
      const place = { tenant: tenant.id, environment: tenant.environment, field, version };
      return { field, version, kekId: key.id, sealed: seal(grant[field], place, { key, ids }) };
    });
  const version = await credentials.replace(tenant.id, sealAll, clock.now());
  if (version === undefined) throw new GatewayError('not_found', 'This tenant has been removed.');
  return version;
}

function openField(key: VaultKey, tenant: Tenant, wanted: { field: Field; rows: readonly SealedRow[] }): string {
  const { field } = wanted;
  const row = wanted.rows.find((candidate) => candidate.field === field);
  if (row === undefined) {
    throw new GatewayError('reconnect_needed', 'This tenant is not connected to the broker: it has no credentials.', {
      advice: 'The operator connects it with `tenant connect`.',
    });
  }
  if (row.kekId !== key.id) {
    throw new GatewayError('config_invalid', 'The credentials of this tenant were sealed with another vault key.', {
      advice: 'The operator starts the gateway with the VAULT_KEY they were sealed with, or connects the tenant again.',
    });
  }
  const place = { tenant: tenant.id, environment: tenant.environment, field, version: row.version };
  const text = unseal(row.sealed, place, key);
  if (text !== undefined) return text;
  throw new GatewayError('internal', 'The stored credentials of this tenant have been changed and do not open.', {
    advice: 'The operator connects the tenant again with `tenant connect`.',
  });
}
