import type { Environment } from '../broker/broker.ts';
import type { AccountNumber } from '../broker/model/symbol.ts';
import type { Brand } from '../core/brand.ts';
import type { EpochMs } from '../core/clock.ts';
import type { Plan } from './plan/plan.ts';

export type TenantId = Brand<string, 'TenantId'>;

/** A customer of the gateway. Its broker credentials are elsewhere, sealed. */
export type Tenant = {
  readonly id: TenantId;
  /** Unique, lower case, chosen by the operator: `demo`. */
  readonly name: string;
  readonly environment: Environment;
  /** The one account this tenant may use; absent: every account of its login. */
  readonly account?: AccountNumber;
  readonly status: 'enabled' | 'disabled';
  /** The rules in force for what it may send. */
  readonly plan: Plan;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
};

/** A tenant with what its broker connection depends on. */
export type TenantRecord = {
  readonly tenant: Tenant;
  /** Another number, other credentials; 0: there never were any. */
  readonly credentialsVersion: number;
};
