import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { addCounts, noCounts } from './counts.ts';
import { MUTANTS, isMutantName } from './mutants.ts';
import type { MutantName } from './mutants.ts';
import { runWorlds } from './run-worlds.ts';
import type { RunOptions, RunReport } from './run-worlds.ts';
import { runWorld } from './world.ts';

// The simulation of the order path: npm run -s orders:simulate -- --intents 200000 --seed 7
// One world again, step by step:    npm run -s orders:simulate -- --world 1234567 --trace

const say = (line: string): void => void process.stdout.write(`${line}\n`);

// Errors are plentiful here and nobody reads where they come from.
Error.stackTraceLimit = 0;
/** A world lives long enough to be copied about; with room enough it dies young. */
const YOUNG_MB = 96;

if (isMainThread) process.exitCode = await main();
else parentPort?.postMessage(await runWorlds(workerData as RunOptions), []);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      intents: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      mutant: { type: 'string' },
      world: { type: 'string' },
      trace: { type: 'boolean', default: false },
    },
  });
  const { mutant } = values;
  if (mutant !== undefined && !isMutantName(mutant)) {
    say(`There is no mutant ${mutant}. There are: ${Object.keys(MUTANTS).join(', ')}`);
    return 2;
  }
  const planted = mutant === undefined ? {} : { mutant };
  if (values.world !== undefined) return replay(whole('world', values.world), { ...planted, trace: values.trace });
  return runAll({ seed: whole('seed', values.seed), intents: whole('intents', values.intents), ...planted });
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (text !== '' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`--${name} takes a whole number`);
}

async function replay(seed: number, { mutant, trace }: { mutant?: MutantName; trace: boolean }): Promise<number> {
  const report = await runWorld({
    seed,
    ...(mutant === undefined ? {} : { mutant: MUTANTS[mutant] }),
    ...(trace ? { trace: say } : {}),
  });
  if (!trace) for (const { kind, what } of report.findings) say(`${kind}: ${what}`);
  const found = (kind: string): number => report.findings.filter((finding) => finding.kind === kind).length;
  say(
    JSON.stringify({
      world: seed,
      ...report.counts,
      duplicates: found('duplicate'),
      lost: found('lost'),
      wrong: found('wrong'),
    }),
  );
  return report.findings.length === 0 ? 0 : 1;
}

async function runAll(options: RunOptions): Promise<number> {
  const startedAt = performance.now();
  const workers = Math.min(2, availableParallelism());
  const reports = await Promise.all(
    Array.from({ length: workers }, (_, at) => inWorker({ ...options, share: { at, of: workers } })),
  );
  const counts = noCounts();
  for (const report of reports) addCounts(counts, report.counts);
  const total = (name: 'worlds' | 'duplicates' | 'lost' | 'wrong'): number =>
    reports.reduce((sum, report) => sum + report[name], 0);
  const { intents, ...exercised } = counts;
  const [duplicates, lost, wrong] = [total('duplicates'), total('lost'), total('wrong')];
  for (const { seed, findings } of reports.flatMap(({ failing }) => failing).slice(0, 5)) {
    for (const { kind, what } of findings) say(`world ${seed}: ${kind}: ${what}`);
    const planted = options.mutant === undefined ? '' : ` --mutant ${options.mutant}`;
    say(`  again: npm run -s orders:simulate -- --world ${seed} --trace${planted}`);
  }
  const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(1));
  const { user, system } = process.cpuUsage();
  const cpuSeconds = Number(((user + system) / 1_000_000).toFixed(1));
  const { seed, mutant } = options;
  const planted = mutant === undefined ? {} : { mutant };
  say(
    JSON.stringify({
      intents,
      duplicates,
      lost,
      wrong,
      seed,
      ...planted,
      worlds: total('worlds'),
      ...exercised,
      seconds,
      cpuSeconds,
    }),
  );
  return duplicates + lost + wrong === 0 ? 0 : 1;
}

function inWorker(options: RunOptions): Promise<RunReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: options,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`A worker ended early, with ${code}`)));
  });
}
