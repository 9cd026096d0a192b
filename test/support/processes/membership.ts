import { DEV_ISSUER, openDevIssuer } from '../../../src/auth/dev-issuer.ts';
import type { Environment } from '../../../src/broker/broker.ts';
import type { Tenancy } from '../../../src/compose/tenancy.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { decimal } from '../../../src/core/decimal.ts';
import { systemIds } from '../../../src/core/ids.ts';
import type { PlanChanges } from '../../../src/tenancy/plan/plan.ts';
import type { BrokerDesk } from './broker-desk.ts';

/** A tenant, the customer of the simulator that it is, and a token of its first caller. */
export type Member = {
  readonly id: string;
  readonly name: string;
  readonly customer: string;
  readonly token: string;
};

export type NewMember = {
  readonly name: string;
  /** A resident of the simulator, or any other name for a fresh margin account; the tenant's name unless told. */
  readonly customer?: string;
  readonly environment?: Environment;
  readonly plan?: PlanChanges;
};

export type Membership = {
  addMember(member: NewMember): Promise<Member>;
  /** A token of another caller who acts for the same tenant. */
  otherCaller(member: Member, subject: string): Promise<string>;
};

/** Wide enough that no rule stands in the way of what is tried; each test narrows the one that it is about. */
export const WIDE_PLAN: PlanChanges = {
  ordersPerMinute: 1_000_000,
  ordersPerDay: 1_000_000,
  dailyNotional: decimal(1_000_000_000),
  dailyLoss: decimal(1_000_000_000),
  duplicateSeconds: 0,
};

export type MembershipParts = { readonly tenancy: Tenancy; readonly desk: BrokerDesk; readonly dataDir: string };

/** Tenants of gateways that stand on this storage and data folder, with logins at this simulator. */
export async function openMembership({ tenancy, desk, dataDir }: MembershipParts): Promise<Membership> {
  const issuer = await openDevIssuer({ dataDir, clock: systemClock, ids: systemIds });
  const tokenOf = async (name: string, subject: string): Promise<string> => {
    await tenancy.registry.bind(name, { issuer: DEV_ISSUER, subject });
    return issuer.issue({ subject, scopes: ['read', 'trade'] });
  };
  return {
    async addMember({ name, customer = name, environment = 'paper', plan = {} }) {
      const grant = desk.grantFor(customer);
      const { id } = await tenancy.registry.add({ name, environment, grant });
      await tenancy.registry.setPlan(name, { ...WIDE_PLAN, ...plan }, 'siege');
      return { id, name, customer, token: await tokenOf(name, id) };
    },
    otherCaller: ({ name }, subject) => tokenOf(name, subject),
  };
}
