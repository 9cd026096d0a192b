import { worldSeed } from './chance.ts';
import { addCounts, noCounts } from './counts.ts';
import type { Counts } from './counts.ts';
import type { Finding } from './judge-world.ts';
import { MUTANTS } from './mutants.ts';
import type { MutantName } from './mutants.ts';
import { WISHES, runWorld } from './world.ts';

export type RunOptions = {
  readonly seed: number;
  /** How many intents at least. */
  readonly intents: number;
  readonly mutant?: MutantName;
  /** This one of so many runners that share the run. */
  readonly share?: { readonly at: number; readonly of: number };
  /** Ends the run at the first world in which something is wrong. */
  readonly stopAtFirst?: boolean;
};

export type Failing = { readonly seed: number; readonly findings: readonly Finding[] };

export type RunReport = {
  readonly counts: Counts;
  readonly worlds: number;
  readonly duplicates: number;
  readonly lost: number;
  readonly wrong: number;
  /** The first few. */
  readonly failing: readonly Failing[];
};

/** So many worlds take turns in one thread, so that the event loop costs less. They do not know of each other. */
const AT_ONCE = 4;
const MOST_TOLD = 5;

/** Runs world after world until there were enough intents. The same options give the same worlds. */
export async function runWorlds(options: RunOptions): Promise<RunReport> {
  const { seed, intents, mutant, share = { at: 0, of: 1 }, stopAtFirst = false } = options;
  const counts = noCounts();
  const found = { duplicate: 0, lost: 0, wrong: 0 };
  const failing: Failing[] = [];
  let worlds = 0;
  let isOver = false;
  let planned = 0;
  const wanted = Math.ceil(intents / share.of);
  const isEnough = (): boolean => isOver || planned * WISHES >= wanted;
  const runner = async (): Promise<void> => {
    while (!isEnough()) {
      const index = share.at + share.of * planned;
      planned += 1;
      const report = await runWorld({
        seed: worldSeed(seed, index),
        ...(mutant === undefined ? {} : { mutant: MUTANTS[mutant] }),
      });
      worlds += 1;
      addCounts(counts, report.counts);
      for (const { kind } of report.findings) found[kind] += 1;
      if (report.findings.length === 0) continue;
      failing.push({ seed: report.seed, findings: report.findings });
      isOver ||= stopAtFirst;
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, Math.ceil(wanted / WISHES)) }, runner));
  const { duplicate: duplicates, lost, wrong } = found;
  return { counts, worlds, duplicates, lost, wrong, failing: failing.slice(0, MOST_TOLD) };
}
