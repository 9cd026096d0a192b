import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { epochMs } from '../../src/core/clock.ts';
import type { Clock, EpochMs, Timer } from '../../src/core/clock.ts';

export type ManualClock = Clock & {
  /** Moves time forward by `ms`. Due timers run in order of time, each at its own instant, and what they resolve goes on before the next. */
  advance(ms: number): Promise<void>;
  /** Steps the wall clock, forward or back, as an operator or NTP would: no timer runs and monotonic time stands still. */
  set(ms: number): void;
};

type Pending = { readonly id: number; readonly task: () => void; readonly everyMs: number | undefined; dueAt: number };

/** Monday 2026-11-23 10:00 in New York: the equity market is open. */
export const MANUAL_CLOCK_START = Date.UTC(2026, 10, 23, 15, 0, 0);

/** A clock that stands still until it is told. Timers live on its monotonic time, which starts at 0. */
export function createManualClock(startMs: number = MANUAL_CLOCK_START): ManualClock {
  const timers = new Map<number, Pending>();
  let wallMs = startMs;
  let monotonic = 0;
  let nextId = 0;

  const schedule = (ms: number, task: () => void, everyMs?: number): Timer => {
    const id = nextId++;
    timers.set(id, { id, task, everyMs, dueAt: monotonic + Math.max(0, ms) });
    return { cancel: () => void timers.delete(id) };
  };
  const moveTo = (instant: number): void => {
    wallMs += instant - monotonic;
    monotonic = instant;
  };
  const run = (timer: Pending): void => {
    if (timer.everyMs === undefined) timers.delete(timer.id);
    else timer.dueAt += Math.max(1, timer.everyMs);
    timer.task();
  };

  return {
    now: (): EpochMs => epochMs(wallMs),
    monotonicMs: () => monotonic,
    after: (ms, task) => schedule(ms, task),
    every: (ms, task) => schedule(ms, task, ms),
    sleep: (ms, signal) => sleepOn(schedule, ms, signal),
    async advance(ms) {
      const target = monotonic + ms;
      await eventLoopTurn();
      for (let due = firstDue(timers, target); due !== undefined; due = firstDue(timers, target)) {
        moveTo(Math.max(monotonic, due.dueAt));
        run(due);
        await eventLoopTurn();
      }
      moveTo(target);
    },
    set(ms) {
      wallMs = ms;
    },
  };
}

function firstDue(timers: ReadonlyMap<number, Pending>, until: number): Pending | undefined {
  let first: Pending | undefined;
  for (const timer of timers.values()) {
    if (timer.dueAt <= until && (first === undefined || timer.dueAt < first.dueAt)) first = timer;
  }
  return first;
}

function sleepOn(schedule: (ms: number, task: () => void) => Timer, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = schedule(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
