import type { Reply } from './call.ts';
import { TransportFault } from './transport-fault.ts';
import type { EpochMs } from '../../core/clock.ts';

export const MAX_ATTEMPTS = 3;
const BASE_MS = 250;
const MAX_RETRY_AFTER_MS = 10_000;

const BUDGET_CAPACITY = 10;
const BUDGET_PER_CALL = 0.1;

export const isRetryableStatus = (status: number): boolean => status === 429 || status >= 500;

export function isRetryableFault(error: unknown): boolean {
  return error instanceof TransportFault && ['connect', 'cut', 'timeout'].includes(error.kind);
}

/** The wait before the next attempt: full jitter, doubling with every attempt already made. */
export function backoffMs(attemptsMade: number, fraction: number): number {
  return fraction * BASE_MS * 2 ** attemptsMade;
}

/** Seconds or an HTTP date, as milliseconds from `now`, at most ten seconds; `undefined` when it says neither. */
export function retryAfterMs(reply: Reply, now: EpochMs): number | undefined {
  const text = reply.retryAfter?.trim();
  if (text === undefined || text === '') return undefined;
  const wait = /^\d{1,6}$/u.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), MAX_RETRY_AFTER_MS);
}

export type RetryBudget = { earn(): void; spend(): boolean };

/** Keeps retries near a tenth of the calls, so that a broker in trouble is not met with three times the load. */
export function createRetryBudget(): RetryBudget {
  let left = BUDGET_CAPACITY;
  return {
    earn() {
      left = Math.min(BUDGET_CAPACITY, left + BUDGET_PER_CALL);
    },
    spend() {
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
