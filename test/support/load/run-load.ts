import { setTimeout as sleep } from 'node:timers/promises';
import { type Fate, type FullReport, type LoadReport, createLoadTally } from './load-tally.ts';

/** Sends one request, named by `id`, and tells what became of it. Must be bounded itself; what it throws is `failed`. */
export type Send = (id: string) => Promise<Fate>;

export type LoadPlan = {
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly send: Send;
  /** Put before each id, so that several loads keep one ledger. */
  readonly name?: string;
  /** Requests that may be open at a time; one that would be more is `failed` unsent. 20,000 unless told. */
  readonly maxOpen?: number;
};

const TICK_MS = 1;
const MAX_OPEN = 20_000;

/**
 * An open loop: requests leave when they are due, however slow the answers are, so that a slow gateway cannot slow its own
 * load. Its milliseconds count from when a request was due. Ends when every request is answered.
 */
export async function runLoad(plan: LoadPlan): Promise<FullReport> {
  const { ratePerSecond, seconds, send, name = 'load', maxOpen = MAX_OPEN } = plan;
  const tally = createLoadTally();
  const open = new Set<Promise<void>>();
  const total = Math.round(ratePerSecond * seconds);
  const startedMs = performance.now();

  const launch = (at: number): void => {
    const id = `${name}-${at}`;
    const dueMs = startedMs + (at * 1000) / ratePerSecond;
    tally.late(performance.now() - dueMs);
    if (open.size >= maxOpen) return tally.settle(id, 'failed', 0);
    const request: Promise<void> = send(id)
      .catch((): Fate => 'failed')
      .then((fate) => tally.settle(id, fate, performance.now() - dueMs))
      .finally(() => open.delete(request));
    open.add(request);
  };

  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - startedMs) * ratePerSecond) / 1000) + 1);
    while (sent < due) launch(sent++);
    await sleep(TICK_MS);
  }
  await Promise.all(open);
  return tally.report();
}

export type WorkPlan = Pick<LoadPlan, 'seconds' | 'send' | 'name'> & { readonly workers: number };

/** A closed loop: each worker sends when its last request is answered. It finds out how much can be served, and nothing about waiting. */
export async function runWorkers({ workers, seconds, send, name = 'work' }: WorkPlan): Promise<LoadReport> {
  const tally = createLoadTally();
  const endMs = performance.now() + seconds * 1000;
  let sent = 0;
  const work = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const id = `${name}-${sent++}`;
      const startedMs = performance.now();
      const fate = await send(id).catch((): Fate => 'failed');
      tally.settle(id, fate, performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  const { ledger: _, servedMs: __, ...report } = tally.report();
  return report;
}
