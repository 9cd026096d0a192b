import type { Command } from 'commander';
import type { Binding, Registry } from '../tenancy/registry.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { CommandDeps } from './command-deps.ts';
import { addLoginCommands } from './tenant-login.ts';
import { tenantSheet, tenantTable } from './tenant-words.ts';
import { withTenancy } from './with-tenancy.ts';

/** `tenant add|connect|bind|list|show|enable|disable|remove`. */
export function addTenantCommand(program: Command, deps: CommandDeps): void {
  const tenant = program.command('tenant').description('manage the tenants of this gateway');
  addLoginCommands(tenant, deps);
  addBindCommand(tenant, deps);
  addLookCommands(tenant, deps);
  addStatusCommand(tenant, deps, { verb: 'enable', status: 'enabled', about: 'serve a tenant again' });
  addStatusCommand(tenant, deps, {
    verb: 'disable',
    status: 'disabled',
    about: 'stop serving a tenant, within a second',
  });
  tenant
    .command('remove <name>')
    .description('remove a tenant with its credentials, for ever')
    .action((name: string) =>
      withTenancy(deps, async ({ registry }) => {
        await registry.remove(name);
        return `Removed ${name} and its credentials. Orders that work at the broker go on working.\n`;
      }),
    );
}

function addBindCommand(tenant: Command, deps: CommandDeps): void {
  tenant
    .command('bind <name>')
    .description('let the tokens of one caller act for a tenant')
    .requiredOption('--issuer <issuer>', 'the exact `iss` of the tokens')
    .requiredOption('--subject <subject>', 'the exact `sub` of the tokens')
    .action((name: string, { issuer, subject }: Binding) =>
      withTenancy(deps, async ({ registry }) => {
        await registry.bind(name, { issuer, subject });
        return `Tokens of ${subject} from ${issuer} now act for ${name}.\n`;
      }),
    );
}

function addLookCommands(tenant: Command, deps: CommandDeps): void {
  const look = (words: (registry: Registry) => Promise<string>): Promise<void> =>
    withTenancy(deps, ({ registry }) => words(registry));
  tenant
    .command('list')
    .description('all tenants')
    .action(() => look(async (registry) => tenantTable(await registry.list())));
  tenant
    .command('show <name>')
    .description('one tenant, and who acts for it')
    .action((name: string) => look(async (registry) => tenantSheet(await registry.show(name))));
}

type StatusCommand = { readonly verb: string; readonly status: Tenant['status']; readonly about: string };

function addStatusCommand(tenant: Command, deps: CommandDeps, { verb, status, about }: StatusCommand): void {
  tenant
    .command(`${verb} <name>`)
    .description(about)
    .action((name: string) =>
      withTenancy(deps, async ({ registry }) => {
        await registry.setStatus(name, status);
        return `${name} is ${status}.\n`;
      }),
    );
}
