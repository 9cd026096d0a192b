import { type GatewayParts, startGateway } from '../compose/gateway.ts';
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
    if (paper !== undefined) await seedDemoTenants(tenancy, paper.simulator);
    const logins = await demoLogins(tenancy, devIssuer);
    const simulatorUrl = paper === undefined ? {} : { simulatorUrl: paper.hosts.restUrl };
    parts.print(welcome({ url, logins, dataDir: parts.config.dataDir, ...simulatorUrl }));
    return gateway;
  } catch (error) {
    await gateway.close();
    throw error;
  }
}
