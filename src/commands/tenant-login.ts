import { type Command, Option } from 'commander';
import { ENVIRONMENTS, type Environment } from '../broker/broker.ts';
import type { BrokerGrant } from '../broker/upstream.ts';
import { paperGrant } from '../compose/paper.ts';
import type { Basics } from '../compose/tenancy.ts';
import { GatewayError } from '../core/errors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { CommandDeps } from './command-deps.ts';
import { type GrantFiles, readGrant } from './read-grant.ts';
import { withTenancy } from './with-tenancy.ts';

type AddOptions = GrantFiles & { readonly environment: Environment; readonly account?: string };

const SECRET_FILE = 'a file with the OAuth client secret';
const TOKEN_FILE = 'a file with the refresh token';

/** `add NAME` and `connect NAME`: the two that take a broker login. */
export function addLoginCommands(tenant: Command, deps: CommandDeps): void {
  tenant
    .command('add <name>')
    .description('add a tenant; its broker credentials come from files, or are asked for at a terminal')
    .addOption(new Option('--environment <name>', 'where its orders go').choices(ENVIRONMENTS).makeOptionMandatory())
    .option('--account <number>', 'the one account it may use; without it, all of its login')
    .option('--client-secret-file <path>', SECRET_FILE)
    .option('--refresh-token-file <path>', TOKEN_FILE)
    .action((name: string, options: AddOptions) => add(name, options, deps));
  tenant
    .command('connect <name>')
    .description("replace a tenant's broker credentials")
    .option('--client-secret-file <path>', SECRET_FILE)
    .option('--refresh-token-file <path>', TOKEN_FILE)
    .action((name: string, files: GrantFiles) => connect(name, files, deps));
}

async function add(name: string, options: AddOptions, deps: CommandDeps): Promise<void> {
  const { environment, account, ...files } = options;
  const isSimulated = environment === 'paper' && Object.keys(files).length === 0;
  const grant = isSimulated ? undefined : await readGrant(files, deps.io);
  await withTenancy(deps, async ({ registry }, parts) => {
    const login = isSimulated ? paperLogin(parts) : undefined;
    const tenant = await registry.add({
      name,
      environment,
      ...(account === undefined ? {} : { account }),
      ...(grant === undefined ? {} : { grant }),
    });
    if (login !== undefined) await registry.connect(name, await login(tenant));
    else if (grant === undefined) deps.io.stderr.write(`It has no broker credentials yet: tenant connect ${name}\n`);
    return `Added ${name}: ${environment}, ${account === undefined ? 'all accounts of its login' : `account ${account}`}.\n`;
  });
}

async function connect(name: string, files: GrantFiles, deps: CommandDeps): Promise<void> {
  const grant = await readGrant(files, deps.io);
  if (grant === undefined) {
    throw new GatewayError('invalid_input', 'There is no terminal to ask for the secrets at.', {
      advice: 'Give --client-secret-file and --refresh-token-file.',
    });
  }
  await withTenancy(deps, async ({ registry }) => {
    await registry.connect(name, grant);
    return `${name} has new broker credentials.\n`;
  });
}

/** A simulator login of the tenant's own, by its id: names come back, ids do not. */
function paperLogin({ config, ids }: Basics): (tenant: Tenant) => Promise<BrokerGrant> {
  if (config.hosts.paper !== undefined && config.simulator.grantKey === undefined) {
    throw new GatewayError(
      'config_invalid',
      'Without its key, nobody can make logins of the simulator at TASTYTRADE_PAPER_URL.',
      {
        advice:
          'Set SIMULATOR_GRANT_KEY as the simulator has it, or give --client-secret-file and --refresh-token-file.',
      },
    );
  }
  return (tenant) => paperGrant(tenant.id, { config, ids });
}
