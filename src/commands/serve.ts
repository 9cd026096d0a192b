import { type GatewayParts, startGateway } from '../compose/gateway.ts';
import { paperGrant } from '../compose/paper.ts';
import { demoLogins, seedDemoTenants } from './demo-tenants.ts';
import type { Running } from './running.ts';
import { welcome } from './welcome.ts';

export type ServeParts = GatewayParts & { readonly print: (text: string) => void };

/** Runs the gateway. Without an identity provider it sets up demo tenants and prints how to reach them. */
export async function serve(parts: ServeParts): Promise<Running & { readonly url: string }> {
  const gateway = await startGateway(parts);
  const { tenancy, devIssuer, paper, url } = gateway;
  try {
    if (devIssuer === undefined) {
      parts.log.info({ url }, 'The gateway is ready');
      return gateway;
    }
    // A simulator elsewhere knows the same logins when it shares the key.
    if (paper !== undefined || parts.config.simulator.grantKey !== undefined) {
      await seedDemoTenants(tenancy, (customer) => paperGrant(customer, parts));
    }
    const logins = await demoLogins(tenancy, devIssuer);
    const simulatorUrl = paper === undefined ? {} : { simulatorUrl: paper.hosts.restUrl };
    parts.print(welcome({ url, logins, dataDir: parts.config.dataDir, ...simulatorUrl }));
    return gateway;
  } catch (error) {
    await gateway.close();
    throw error;
  }
}
