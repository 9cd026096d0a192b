import { isClaimText } from '../auth/claim-text.ts';
import type { Environment } from '../broker/broker.ts';
import type { BrokerGrant } from '../broker/upstream.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { IdSource } from '../core/ids.ts';
import type { Storage } from '../storage/storage.ts';
import type { BindingRow, TenantRow } from '../storage/stores/tenant-store.ts';
import type { PlanEdit } from './plan/plan-edits.ts';
import type { PlanChanges } from './plan/plan.ts';
import { changePlan, type PlanChanged, type PlanDetails, replacePlan } from './plan/tenant-plan.ts';
import { readOwnRules, readTenant } from './tenant-record.ts';
import type { Tenant, TenantId, TenantRecord } from './tenant.ts';
import type { Vault } from './vault/vault.ts';

/** Whose tokens act for a tenant: exactly this issuer and this subject. */
export type Binding = { readonly issuer: string; readonly subject: string };

export type NewTenant = {
  readonly name: string;
  readonly environment: Environment;
  readonly account?: string;
  readonly grant?: BrokerGrant;
};

export type TenantDetails = TenantRecord & { readonly bindings: readonly Binding[] };

/** The tenants, as the operator manages them. Names that do not exist are told as `not_found`, wrong ones as `invalid_input`. */
export type Registry = {
  add(tenant: NewTenant): Promise<Tenant>;
  /** Replaces the tenant's broker credentials. */
  connect(name: string, grant: BrokerGrant): Promise<Tenant>;
  /** Idempotent; `invalid_input` when the caller already acts for another tenant. */
  bind(name: string, binding: Binding): Promise<Tenant>;
  /** By name. */
  list(): Promise<readonly TenantDetails[]>;
  show(name: string): Promise<TenantDetails>;
  setStatus(name: string, status: Tenant['status']): Promise<Tenant>;
  /** For ever, with its bindings and credentials. */
  remove(name: string): Promise<Tenant>;
  /** The tenant that this caller acts for, enabled or not. */
  find(binding: Binding): Promise<TenantRecord | undefined>;
  /** For work that goes on without a caller; enabled or not. */
  findById(id: TenantId): Promise<TenantRecord | undefined>;
  /** Also of a tenant whose plan is not understood. */
  idOf(name: string): Promise<TenantId>;
  /** `undefined` when the tenant has been removed. */
  nameOf(id: string): Promise<string | undefined>;
  /** The rules for what a tenant may send. Throws `internal` when they are not understood. */
  plan(name: string): Promise<PlanDetails>;
  /** Replaces all of its own rules, also ones that are not understood; `undefined` goes back to the defaults. */
  setPlan(name: string, own: PlanChanges | undefined, by: string): Promise<PlanChanged>;
  /** Changes some of its own rules. Throws `internal` when those it has are not understood. */
  changePlan(name: string, edits: readonly PlanEdit[], by: string): Promise<PlanChanged>;
};

export type RegistryDeps = {
  readonly storage: Storage;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly ids: IdSource;
};

const MOST_TRIES = 20;
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/u;
const ACCOUNT = /^[A-Za-z0-9]{1,32}$/u;

export function createRegistry(deps: RegistryDeps): Registry {
  const { tenants } = deps.storage;
  return {
    add: (tenant) => add(deps, tenant),
    async connect(name, grant) {
      const { tenant } = await named(deps, name);
      await deps.vault.sealCredentials(tenant, grant);
      return tenant;
    },
    bind: (name, binding) => bind(deps, name, binding),
    list: () => list(deps),
    async show(name) {
      const record = await named(deps, name);
      return { ...record, bindings: (await tenants.bindings(record.tenant.id)).map(toBinding) };
    },
    async setStatus(name, status) {
      const { tenant } = await named(deps, name);
      const updatedAt = deps.clock.now();
      await tenants.setStatus(tenant.id, status, updatedAt);
      return { ...tenant, status, updatedAt };
    },
    async remove(name) {
      const { tenant } = await named(deps, name);
      await tenants.remove(tenant.id);
      await deps.storage.purgeDeleted();
      return tenant;
    },
    async find({ issuer, subject }) {
      const row = await tenants.byBinding(issuer, subject);
      return row === undefined ? undefined : readTenant(row);
    },
    async findById(id) {
      const row = await tenants.byId(id);
      return row === undefined ? undefined : readTenant(row);
    },
    idOf: async (name) => (await rowNamed(deps, name)).id as TenantId,
    nameOf: async (id) => (await tenants.byId(id))?.name,
    ...planOperations(deps),
  };
}

function planOperations(deps: RegistryDeps): Pick<Registry, 'plan' | 'setPlan' | 'changePlan'> {
  const stores = { tenants: deps.storage.tenants, clock: deps.clock };
  // Another process may change the same plan: then this change is made again, to what is there now.
  const onTop = async (name: string, change: (row: TenantRow) => Promise<PlanChanged | undefined>) => {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const changed = await change(await rowNamed(deps, name));
      if (changed !== undefined) return changed;
    }
    throw new GatewayError('overloaded', 'The plan is being changed by others all the time.');
  };
  return {
    async plan(name) {
      const row = await rowNamed(deps, name);
      return { tenant: readTenant(row).tenant, own: readOwnRules(row) };
    },
    setPlan: (name, own = {}, by) => onTop(name, (row) => replacePlan(stores, { row, by }, own)),
    changePlan: (name, edits, by) => onTop(name, (row) => changePlan(stores, { row, by }, edits)),
  };
}

async function add({ storage, vault, clock, ids }: RegistryDeps, wanted: NewTenant): Promise<Tenant> {
  checkNew(wanted);
  const now = clock.now();
  const row = {
    id: ids.uuid(),
    name: wanted.name,
    environment: wanted.environment,
    account: wanted.account ?? null,
    status: 'enabled',
    credentialsVersion: 0,
    plan: null,
    createdAt: now,
    updatedAt: now,
  };
  if (!(await storage.tenants.insert(row))) {
    throw new GatewayError('invalid_input', `There is already a tenant named ${wanted.name}.`, {
      advice: 'Choose another name, or remove that one first.',
    });
  }
  const { tenant } = readTenant(row);
  try {
    if (wanted.grant !== undefined) await vault.sealCredentials(tenant, wanted.grant);
  } catch (error) {
    await storage.tenants.remove(row.id);
    throw error;
  }
  return tenant;
}

function checkNew({ name, account }: NewTenant): void {
  if (!NAME.test(name)) {
    throw new GatewayError('invalid_input', 'A tenant name has 1 to 40 lower-case letters, digits and inner hyphens.');
  }
  if (account !== undefined && !ACCOUNT.test(account)) {
    throw new GatewayError('invalid_input', 'An account number has letters and digits only, as the broker writes it.');
  }
}

async function bind(deps: RegistryDeps, name: string, { issuer, subject }: Binding): Promise<Tenant> {
  if (!isClaimText(issuer) || !isClaimText(subject)) {
    throw new GatewayError(
      'invalid_input',
      'An issuer and a subject have 1 to 255 visible characters, exactly as in the token.',
    );
  }
  const { tenant } = await named(deps, name);
  const owner = await deps.storage.tenants.bind({ issuer, subject, tenantId: tenant.id, createdAt: deps.clock.now() });
  if (owner === tenant.id) return tenant;
  throw new GatewayError('invalid_input', 'This issuer and subject already act for another tenant.', {
    advice: 'A caller acts for one tenant: `tenant show` tells which; remove that tenant, or bind another subject.',
  });
}

async function list({ storage }: RegistryDeps): Promise<readonly TenantDetails[]> {
  const [rows, bindings] = await Promise.all([storage.tenants.list(), storage.tenants.bindings()]);
  const byTenant = Map.groupBy(bindings, (binding) => binding.tenantId);
  return rows.map((row) => ({ ...readTenant(row), bindings: (byTenant.get(row.id) ?? []).map(toBinding) }));
}

async function named(deps: RegistryDeps, name: string): Promise<TenantRecord> {
  return readTenant(await rowNamed(deps, name));
}

async function rowNamed({ storage }: RegistryDeps, name: string): Promise<TenantRow> {
  const row = await storage.tenants.byName(name);
  if (row !== undefined) return row;
  throw new GatewayError('not_found', 'There is no tenant of this name.', {
    advice: '`tenant list` shows those there are.',
  });
}

const toBinding = ({ issuer, subject }: BindingRow): Binding => ({ issuer, subject });
