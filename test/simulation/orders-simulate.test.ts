import { describe, expect, it } from 'vitest';
import { worldSeed } from './chance.ts';
import { MUTANTS } from './mutants.ts';
import type { MutantName } from './mutants.ts';
import { runWorlds } from './run-worlds.ts';
import { runWorld } from './world.ts';

const MUTANT_NAMES = Object.keys(MUTANTS) as MutantName[];
/** Every planted bug is found within so many intents. */
const CAUGHT_WITHIN = 16_000;

async function traced(seed: number, mutant?: MutantName) {
  const lines: string[] = [];
  const planted = mutant === undefined ? {} : { mutant: MUTANTS[mutant] };
  const report = await runWorld({ seed, ...planted, trace: (line) => void lines.push(line) });
  return { lines, report };
}

describe('the simulated order path', () => {
  it.each([1, 2, 3, 4])('sends nothing twice, loses nothing and tells nothing wrong (seed %i)', async (seed) => {
    const { counts, duplicates, lost, wrong, failing } = await runWorlds({ seed, intents: 1000 });
    expect({ duplicates, lost, wrong, failing }).toEqual({ duplicates: 0, lost: 0, wrong: 0, failing: [] });
    // A world in which nothing happens proves nothing.
    expect(counts.intents).toBeGreaterThanOrEqual(1000);
    expect(counts.faultyPosts / counts.posts).toBeGreaterThan(0.4);
    const { crashes, freezes, outages, lostCommits, hangUps, racedCalls, replays, stopsSet, confirmations } = counts;
    const { settledFound, settledAbsent } = counts;
    const exercised = { crashes, freezes, outages, lostCommits, hangUps, racedCalls, replays, stopsSet, confirmations };
    for (const [what, count] of Object.entries({ ...exercised, settledFound, settledAbsent })) {
      expect(count, what).toBeGreaterThan(5);
    }
  });

  it.each(MUTANT_NAMES)('finds a planted bug: %s', async (mutant) => {
    const { failing } = await runWorlds({ seed: 11, intents: CAUGHT_WITHIN, mutant, stopAtFirst: true });
    expect(failing.length).toBeGreaterThan(0);
  });

  it('lives a world again from its seed, step by step', async () => {
    const seed = worldSeed(1, 4);
    const [first, again, other] = [await traced(seed), await traced(seed), await traced(worldSeed(1, 5))];
    expect(first.lines.length).toBeGreaterThan(50);
    expect(again.lines).toEqual(first.lines);
    expect(other.lines).not.toEqual(first.lines);
  });

  it('finds the same in a failing world again, alone as among others', async () => {
    const { failing } = await runWorlds({ seed: 11, intents: 1000, mutant: 'resend-on-unknown' });
    const [failed] = failing;
    if (failed === undefined) throw new Error('The planted bug was not found');
    const [first, again] = [
      await traced(failed.seed, 'resend-on-unknown'),
      await traced(failed.seed, 'resend-on-unknown'),
    ];
    expect(first.report.findings).toEqual(failed.findings);
    expect(again.lines).toEqual(first.lines);
  });
});
