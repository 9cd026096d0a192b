import { setTimeout as sleep } from 'node:timers/promises';
import { createLatencies } from './latencies.ts';

/** What became of one request: served, refused because of load, or lost in any other way. */
export type Fate = 'ok' | 'shed' | 'failed';

export type LoadPlan = {
  readonly ratePerSecond: number;
  readonly seconds: number;
  /** Sends one request, named by `id`, and tells what became of it. Must be bounded itself; what it throws is `failed`. */
  readonly send: (id: string) => Promise<Fate>;
  /** Put before each id, so that several loads keep one ledger. */
  readonly name?: string;
  /** Requests that may be open at a time; one that would be more is `failed` unsent. 20,000 unless told. */
  readonly maxOpen?: number;
};

/** Milliseconds count from when a request was due, not from when the client came round to sending it. */
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

const TICK_MS = 1;
const MAX_OPEN = 20_000;

/**
 * An open loop: requests leave when they are due, however slow the answers are, so that a slow gateway cannot slow its own
 * load. Ends when every request is answered.
 */
export async function runLoad(plan: LoadPlan): Promise<LoadReport & { readonly ledger: Ledger }> {
  const { ratePerSecond, seconds, send, name = 'load', maxOpen = MAX_OPEN } = plan;
  const [served, refused, late] = [createLatencies(), createLatencies(), createLatencies()];
  const ledger = new Map<string, Fate>();
  const counts: Record<Fate, number> = { ok: 0, shed: 0, failed: 0 };
  const open = new Set<Promise<void>>();
  const total = Math.round(ratePerSecond * seconds);
  const startedMs = performance.now();

  const settle = (id: string, fate: Fate, dueMs: number): void => {
    ledger.set(id, fate);
    counts[fate] += 1;
    if (fate === 'ok') served.add(performance.now() - dueMs);
    if (fate === 'shed') refused.add(performance.now() - dueMs);
  };
  const launch = (at: number): void => {
    const id = `${name}-${at}`;
    const dueMs = startedMs + (at * 1000) / ratePerSecond;
    late.add(performance.now() - dueMs);
    if (open.size >= maxOpen) return settle(id, 'failed', dueMs);
    const request: Promise<void> = send(id)
      .catch((): Fate => 'failed')
      .then((fate) => settle(id, fate, dueMs))
      .finally(() => open.delete(request));
    open.add(request);
  };

  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - startedMs) * ratePerSecond) / 1000) + 1);
    while (sent < due) launch(sent++);
    await sleep(TICK_MS);
  }
  await Promise.all(open);
  return {
    sent: total,
    ...counts,
    p50: served.percentile(50),
    p99: served.percentile(99),
    shedP50: refused.percentile(50),
    shedP99: refused.percentile(99),
    lateP99: late.percentile(99),
    perSecond: Math.round((counts.ok * 1000) / (performance.now() - startedMs)),
    ledger,
  };
}
