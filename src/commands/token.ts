import type { Command } from 'commander';
import { openDevIssuer } from '../auth/dev-issuer.ts';
import { isScope, type Scope, SCOPES } from '../auth/scopes.ts';
import { openTenancy } from '../compose/tenancy.ts';
import { GatewayError } from '../core/errors.ts';
import { issueDevToken } from '../tenancy/dev-token.ts';
import type { CommandDeps } from './command-deps.ts';

type TokenOptions = { readonly tenant: string; readonly scope: string };

/** `token --tenant NAME --scope "read trade"`: prints a development token and nothing else. */
export function addTokenCommand(program: Command, deps: CommandDeps): void {
  program
    .command('token')
    .description('print a token of the built-in development issuer, good for 30 days')
    .requiredOption('--tenant <name>', 'whom it acts for')
    .option('--scope <scopes>', `what it may do: ${SCOPES.join(', ')}, separated by blanks`, 'read')
    .action((options: TokenOptions) => printToken(options, deps));
}

async function printToken({ tenant, scope }: TokenOptions, { io, basics }: CommandDeps): Promise<void> {
  const scopes = parseScopes(scope);
  const parts = basics();
  const { config, clock, ids } = parts;
  if (config.identity.kind !== 'development') {
    throw new GatewayError(
      'forbidden',
      'This gateway believes the tokens of JWT_ISSUER only, so it prints none itself.',
      {
        advice:
          'Ask that identity provider for a token, and bind its subject with: tenant bind NAME --issuer I --subject S',
      },
    );
  }
  const tenancy = await openTenancy(parts);
  try {
    const devIssuer = await openDevIssuer({ dataDir: config.dataDir, clock, ids });
    const token = await issueDevToken({ registry: tenancy.registry, devIssuer }, { tenant, scopes });
    io.stdout.write(`${token}\n`);
  } finally {
    await tenancy.close();
  }
}

function parseScopes(text: string): ReadonlySet<Scope> {
  const names = text.split(/[\s,]+/u).filter((name) => name !== '');
  if (names.length > 0 && names.every(isScope)) return new Set(names);
  throw new GatewayError('invalid_input', `A scope is one or more of ${SCOPES.join(', ')}.`, {
    advice: 'For example: token --tenant demo --scope "read trade"',
  });
}
