import { setTimeout as delay } from 'node:timers/promises';
import type { Brand } from './brand.ts';

/** Milliseconds since 1970-01-01T00:00Z, by the wall clock. */
export type EpochMs = Brand<number, 'EpochMs'>;

export type Timer = { cancel(): void };

/** Every reading of time and every timer in the program goes through one of these. */
export type Clock = {
  /** Wall clock. May step; use it for what is written down, never for measuring. */
  now(): EpochMs;
  /** Milliseconds from an arbitrary start; never steps back. Use it for ages and deadlines. */
  monotonicMs(): number;
  /** Runs `task` once after `ms`. The timer does not keep the process alive. */
  after(ms: number, task: () => void): Timer;
  /** Runs `task` every `ms` until cancelled. The timer does not keep the process alive. */
  every(ms: number, task: () => void): Timer;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

export function epochMs(value: number): EpochMs {
  return value as EpochMs;
}

export function toIso(at: EpochMs): string {
  return new Date(at).toISOString();
}

export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonicMs: () => performance.now(),
  after(ms, task) {
    const handle = setTimeout(task, ms).unref();
    return { cancel: () => clearTimeout(handle) };
  },
  every(ms, task) {
    const handle = setInterval(task, ms).unref();
    return { cancel: () => clearInterval(handle) };
  },
  async sleep(ms, signal) {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};
