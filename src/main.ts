import closeWithGrace from 'close-with-grace';
import { Command } from 'commander';
import { addAuditCommand } from './commands/audit.ts';
import { addPlanCommand } from './commands/plan.ts';
import type { Running } from './commands/running.ts';
import { serve } from './commands/serve.ts';
import { runSimulator } from './commands/simulator.ts';
import { runStdio } from './commands/stdio.ts';
import { addSwitchCommand } from './commands/switch.ts';
import { addTenantCommand } from './commands/tenant.ts';
import { addTokenCommand } from './commands/token.ts';
import { type Config, readConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import { GatewayError, tellError } from './core/errors.ts';
import { systemIds } from './core/ids.ts';
import type { Log } from './core/log.ts';
import { VERSION } from './core/version.ts';
import { createMetrics } from './observability/metrics.ts';
import { createPinoLog } from './observability/pino-log.ts';

const print = (text: string): void => void process.stdout.write(text);

/** Logs go to standard error: standard output belongs to answers, tokens and the stdio protocol. */
function openLog({ logLevel }: Config, usual = logLevel): Log {
  const level = process.env['LOG_LEVEL'] === undefined ? usual : logLevel;
  const readable = process.stderr.isTTY;
  return createPinoLog({ level, readable, write: (line) => void process.stderr.write(line) }).log;
}

function basics(usualLevel?: Config['logLevel']) {
  const config = readConfig(process.env);
  return { config, clock: systemClock, ids: systemIds, log: openLog(config, usualLevel) };
}

function fail(thrown: unknown): never {
  const error = tellError(thrown);
  const cause =
    thrown instanceof GatewayError || !(thrown instanceof Error) ? '' : `\n${thrown.stack ?? thrown.message}`;
  process.stderr.write(`${error.message}\n${error.advice}\n${cause}`);
  process.exit(1);
}

/** Ends what runs, or is about to, on Ctrl-C and SIGTERM, within the configured time; at once on a second one. */
function endGracefully(starting: Promise<Running>, { shutdownGraceMs }: Config, log: Log): { close(): void } {
  const grace = closeWithGrace({ delay: shutdownGraceMs, logger: false }, async ({ err }) => {
    if (err !== undefined) log.error({ error: err }, 'The process ends on a fault');
    const running = await starting;
    await running.close();
  });
  return { close: () => grace.close() };
}

async function runServe(): Promise<void> {
  const parts = basics();
  const starting = serve({ ...parts, metrics: createMetrics(), print });
  endGracefully(starting, parts.config, parts.log);
  await starting;
}

async function runStdioCommand(): Promise<void> {
  const parts = basics('warn');
  const end = Promise.withResolvers<void>();
  const { stdin: input, stdout: output } = process;
  const starting = runStdio({ ...parts, metrics: createMetrics(), input, output, onEnd: end.resolve });
  const grace = endGracefully(starting, parts.config, parts.log);
  await starting;
  void end.promise.then(() => grace.close());
}

async function runSimulatorCommand(): Promise<void> {
  const parts = basics();
  const starting = runSimulator({ ...parts, print });
  endGracefully(starting, parts.config, parts.log);
  await starting;
}

const program = new Command('gateway')
  .description('The hosted, multi-user MCP gateway for TastyTrade. Variables are explained in .env.example.')
  .version(VERSION)
  .showHelpAfterError('(add --help for what there is)');
program.command('serve', { isDefault: true }).description('run the gateway over HTTP').action(runServe);
program.command('stdio').description('serve one person over standard input and output').action(runStdioCommand);
program.command('simulator').description('run the paper broker as a process of its own').action(runSimulatorCommand);
const io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
addTokenCommand(program, { io, basics: () => basics('warn') });
addTenantCommand(program, { io, basics: () => basics('warn') });
addPlanCommand(program, { io, basics: () => basics('warn') });
addSwitchCommand(program, { io, basics: () => basics('warn') });
addAuditCommand(program, { io, basics: () => basics('warn') });

await program.parseAsync().catch(fail);
