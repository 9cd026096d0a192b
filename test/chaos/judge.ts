import type { Outcome } from './scenario.ts';

/** Something that was measured, and what it may be. */
export type Check = {
  /** With its unit, behind the value: `requests lost`, `ms to the next success`. */
  readonly what: string;
  readonly value: number;
  readonly least?: number;
  readonly most?: number;
};

const DECIMALS = 100;

/** Passed when every check holds. A value that is no number holds nowhere. */
export function judge(checks: readonly Check[], figures: Outcome['figures'] = {}): Outcome {
  return {
    passed: checks.length > 0 && checks.every(holds),
    seen: checks.map(tell).join(', '),
    figures: { ...Object.fromEntries(checks.map(({ what, value }) => [what, value])), ...figures },
  };
}

const holds = ({ value, least = -Infinity, most = Infinity }: Check): boolean => value >= least && value <= most;

function tell(check: Check): string {
  const value = Math.round(check.value * DECIMALS) / DECIMALS;
  if (holds(check)) return `${value} ${check.what}`;
  const bounds = [
    check.least === undefined ? [] : [`at least ${check.least}`],
    check.most === undefined ? [] : [`at most ${check.most}`],
  ].flat();
  return `${value} ${check.what} (expected ${bounds.join(', ')})`;
}

/** The smallest value that this share of all values does not exceed; NaN when there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** How often each of these words is there. */
export const tally = (words: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]));
