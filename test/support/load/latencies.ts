/** Milliseconds as they were measured; asked for percentiles when all is over. */
export type Latencies = {
  add(ms: number): void;
  /** The nearest-rank percentile, to a tenth of a millisecond; `null` when nothing was measured. */
  percentile(percent: number): number | null;
  all(): readonly number[];
};

export function createLatencies(): Latencies {
  const measured: number[] = [];
  let isSorted = true;
  return {
    add(ms) {
      measured.push(ms);
      isSorted = false;
    },
    percentile(percent) {
      if (!isSorted) measured.sort((a, b) => a - b);
      isSorted = true;
      const at = Math.max(0, Math.ceil((percent / 100) * measured.length) - 1);
      const ms = measured[at];
      return ms === undefined ? null : Math.round(ms * 10) / 10;
    },
    all: () => measured,
  };
}
