import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { openTenancy, type Tenancy } from '../compose/tenancy.ts';
import type { GatewayError } from '../core/errors.ts';
import { type Chain, chooseChains } from './audit-chains.ts';
import { brokenAudit, exportLine, verdict } from './audit-words.ts';
import type { CommandDeps } from './command-deps.ts';

type VerifyOptions = { readonly tenant?: string };
type ExportOptions = VerifyOptions & { readonly since: number };

const PAGE = 500;
const TENANT = 'a tenant; the id of one that was removed; or `gateway`, for what belongs to none (all, unless told)';

/** `audit verify|export`. */
export function addAuditCommand(program: Command, deps: CommandDeps): void {
  const audit = program.command('audit').description('check and read the record of all calls and orders');
  audit
    .command('verify')
    .description('check that no record was altered, removed or moved; ends with 1 when one was')
    .option('--tenant <name>', TENANT)
    .action((options: VerifyOptions) => withChains(deps, options, verifyAll));
  audit
    .command('export')
    .description('write the records as JSON lines')
    .option('--tenant <name>', TENANT)
    .option('--since <seq>', 'only from this record of each chain on', parseSeq, 1)
    .action((options: ExportOptions) =>
      withChains(deps, options, (tenancy, chains, { io }) =>
        writeAll(io.stdout, exportLines(tenancy, chains, options.since)),
      ),
    );
}

function parseSeq(text: string): number {
  const seq = Number(text);
  if (/^\d{1,15}$/u.test(text) && seq >= 1) return seq;
  throw new InvalidArgumentError('It is the number of a record: 1 or more.');
}

type Work = (tenancy: Tenancy, chains: readonly Chain[], deps: CommandDeps) => Promise<void>;

async function withChains(deps: CommandDeps, { tenant }: VerifyOptions, work: Work): Promise<void> {
  const tenancy = await openTenancy(deps.basics());
  try {
    await work(tenancy, await chooseChains(tenancy.storage, tenant), deps);
  } finally {
    await tenancy.close();
  }
}

/** Checks every chain, also after one that is broken; throws `audit_broken` in the end. */
async function verifyAll({ storage }: Tenancy, chains: readonly Chain[], { io }: CommandDeps): Promise<void> {
  if (chains.length === 0) io.stdout.write('Nothing is recorded yet.\n');
  const broken: GatewayError[] = [];
  for (const chain of chains) {
    const report = await storage.audit.verify(chain.id);
    io.stdout.write(`${verdict(chain, report)}\n`);
    if (report.fault !== undefined) broken.push(brokenAudit(chain, report.fault));
  }
  const [first] = broken;
  if (first !== undefined) throw first;
}

async function* exportLines({ storage }: Tenancy, chains: readonly Chain[], since: number): AsyncGenerator<string> {
  for (const chain of chains) {
    let last = since - 1;
    for (;;) {
      const page = await storage.audit.read(chain.id, last, PAGE);
      if (page.length === 0) break;
      yield page.map((record) => exportLine(chain, record)).join('');
      last = page.at(-1)?.seq ?? last;
    }
  }
}

/** As fast as they are taken; a reader who has had enough ends it. */
async function writeAll(stdout: NodeJS.WritableStream, lines: AsyncGenerator<string>): Promise<void> {
  try {
    await pipeline(Readable.from(lines), stdout, { end: false });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
  }
}
