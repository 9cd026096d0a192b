import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Fate, LoadReport } from './load-tally.ts';
import type { LoadCall } from './mcp-load.ts';

/** Calls that are made in turn: so many a second, or as many as so many workers get answered. */
export type OrderedLoad = {
  readonly name: string;
  readonly calls: readonly LoadCall[];
  /** When it begins; at once unless told. */
  readonly afterSeconds?: number;
  /** How long it lasts; as long as the order says unless told. */
  readonly seconds?: number;
} & ({ readonly ratePerSecond: number } | { readonly workers: number });

/** Loads that run side by side against one address. */
export type LoadOrder = {
  readonly url: string;
  readonly seconds: number;
  readonly maxConnections?: number;
  /** Hands back what became of each id of an open loop too. */
  readonly keepsLedger?: boolean;
  /** Hands back how long each served request of an open loop took, so that several loads have percentiles together. */
  readonly keepsTimes?: boolean;
  readonly loads: readonly OrderedLoad[];
};

export type OrderedReport = LoadReport & {
  readonly ledger?: readonly (readonly [string, Fate])[];
  readonly servedMs?: readonly number[];
};

/** A report for each load, by its name. */
export type LoadResult = Readonly<Record<string, OrderedReport>>;

const PROGRAM = fileURLToPath(new URL('load-process.ts', import.meta.url));
/** For the answers that are still to come when the last request has left. */
const TAIL_MS = 30_000;

/** Carries the order out in a process of its own, which ends with it. */
export async function placeLoad(order: LoadOrder): Promise<LoadResult> {
  const child = fork(PROGRAM, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const lastSecond = Math.max(
    ...order.loads.map(({ afterSeconds = 0, seconds = order.seconds }) => afterSeconds + seconds),
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), lastSecond * 1000 + TAIL_MS);
  try {
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`The loader ended without a result (${String(code)})`);
    });
    child.send(order);
    const [result] = (await Promise.race([once(child, 'message'), ended])) as [LoadResult];
    return result;
  } finally {
    clearTimeout(timer);
    child.kill();
  }
}
