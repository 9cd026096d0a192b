import type { DevIssuer } from '../auth/dev-issuer.ts';
import type { BrokerGrant } from '../broker/upstream.ts';
import type { Scope } from '../auth/scopes.ts';
import type { Tenancy } from '../compose/tenancy.ts';
import { issueDevToken } from '../tenancy/dev-token.ts';
import type { DemoLogin } from './welcome.ts';

/** A demo tenant, and the customer of the simulator whose login it has. */
type Demo = {
  readonly name: string;
  readonly customer: string;
  readonly about: string;
  readonly scopes: readonly Scope[];
};

const DEMOS: readonly Demo[] = [
  {
    name: 'demo',
    customer: 'margin',
    about: 'a margin account with stock, options, futures and crypto',
    scopes: ['read', 'trade'],
  },
  { name: 'demo-cash', customer: 'cash', about: 'a cash account', scopes: ['read', 'trade'] },
  { name: 'demo-two', customer: 'two-accounts', about: 'one login with two accounts', scopes: ['read', 'trade'] },
  { name: 'demo-read-only', customer: 'read-only', about: 'an account that may only be looked at', scopes: ['read'] },
];

/** Kept so that a demo tenant which was removed stays away. */
const SEEDED = 'demo-tenants';

/** The simulator's login of one of its customers. */
type GrantFor = (customer: string) => Promise<BrokerGrant>;

/** Sets the demo tenants up the first time that a data folder is used. */
export async function seedDemoTenants({ storage, registry }: Tenancy, grantFor: GrantFor): Promise<void> {
  if ((await storage.documents.get(SEEDED)) !== undefined) return;
  const present = new Set((await registry.list()).map(({ tenant }) => tenant.name));
  for (const { name, customer } of DEMOS) {
    if (present.has(name)) continue;
    await registry.add({ name, environment: 'paper', grant: await grantFor(customer) });
  }
  await storage.documents.put(SEEDED, 'done');
}

/** A fresh token for every demo tenant that is still there, and may be used. */
export async function demoLogins({ registry }: Tenancy, devIssuer: DevIssuer): Promise<DemoLogin[]> {
  const tenants = await registry.list();
  const usable = new Set(tenants.filter(({ tenant }) => tenant.status === 'enabled').map(({ tenant }) => tenant.name));
  const logins = DEMOS.filter(({ name }) => usable.has(name)).map(async ({ name, about, scopes }) => ({
    name,
    about,
    scope: scopes.join(' '),
    token: await issueDevToken({ registry, devIssuer }, { tenant: name, scopes }),
  }));
  return Promise.all(logins);
}
