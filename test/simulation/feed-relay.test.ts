import { describe, expect, it } from 'vitest';
import { FEED_MUTANTS, type FeedMutant, runFeedWorld } from './feed-relay.ts';

const MUTANT_NAMES = Object.keys(FEED_MUTANTS) as FeedMutant[];
const WORLDS = 12;

describe('the simulated relay of market data', () => {
  it('never has two owners, tells nothing stale, and is fresh again in time', async () => {
    const totals: Record<string, number> = {};
    for (let seed = 1; seed <= WORLDS; seed += 1) {
      const { findings, counts } = await runFeedWorld(seed);
      expect(findings, `seed ${seed}`).toEqual([]);
      for (const [what, count] of Object.entries(counts)) totals[what] = (totals[what] ?? 0) + count;
    }
    // A world in which nothing happens proves nothing.
    for (const what of ['kill', 'freeze', 'away', 'loss', 'drop', 'handOver', 'takeovers', 'calm']) {
      expect(totals[what], what).toBeGreaterThan(WORLDS);
    }
    expect(totals['priced']).toBeGreaterThan(50 * WORLDS);
    expect(totals['looks']).toBeGreaterThan(10_000 * WORLDS);
  });

  it.each(MUTANT_NAMES)('finds a planted bug: %s', async (mutant) => {
    const findings: string[] = [];
    for (let seed = 1; seed <= 40 && findings.length === 0; seed += 1) {
      findings.push(...(await runFeedWorld(seed, { mutant })).findings);
    }
    expect(findings.length).toBeGreaterThan(0);
  });

  it('lives a world again from its seed', async () => {
    const [first, again]: [string[], string[]] = [[], []];
    await runFeedWorld(7, { trace: (line) => first.push(line) });
    await runFeedWorld(7, { trace: (line) => again.push(line) });
    expect(first.length).toBeGreaterThan(30);
    expect(again).toEqual(first);
  });
});
