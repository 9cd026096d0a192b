import { createLatencies } from './latencies.ts';

/** What became of one request: served, refused because of load, or lost in any other way. */
export type Fate = 'ok' | 'shed' | 'failed';

/** Milliseconds, to a tenth. */
export type LoadReport = {
  readonly sent: number;
  readonly ok: number;
  readonly shed: number;
  readonly failed: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly shedP50: number | null;
  readonly shedP99: number | null;
  /** How late the client itself sent its requests: when this is large, its own figures are not to be trusted. */
  readonly lateP99: number | null;
  /** Served, over the time until the last answer. */
  readonly perSecond: number;
};

/** Every request by its id, for comparing with what the other side counted. */
export type Ledger = ReadonlyMap<string, Fate>;

export type FullReport = LoadReport & {
  readonly ledger: Ledger;
  /** How long each that was served took. */
  readonly servedMs: readonly number[];
};

/** The account of one load. */
export type LoadTally = {
  /** A request leaves, so many milliseconds after it was due. */
  late(ms: number): void;
  settle(id: string, fate: Fate, tookMs: number): void;
  report(): FullReport;
};

export function createLoadTally(): LoadTally {
  const startedMs = performance.now();
  const [served, refused, late] = [createLatencies(), createLatencies(), createLatencies()];
  const counts: Record<Fate, number> = { ok: 0, shed: 0, failed: 0 };
  const ledger = new Map<string, Fate>();
  return {
    late: (ms) => late.add(ms),
    settle(id, fate, tookMs) {
      ledger.set(id, fate);
      counts[fate] += 1;
      if (fate === 'ok') served.add(tookMs);
      if (fate === 'shed') refused.add(tookMs);
    },
    report: () => ({
      sent: ledger.size,
      ...counts,
      p50: served.percentile(50),
      p99: served.percentile(99),
      shedP50: refused.percentile(50),
      shedP99: refused.percentile(99),
      lateP99: late.percentile(99),
      perSecond: Math.round((counts.ok * 1000) / (performance.now() - startedMs)),
      ledger,
      servedMs: served.all(),
    }),
  };
}
