import type { Clock } from '../core/clock.ts';
import type { CallKind } from './waiting-call.ts';

/** The broker has asked for fewer calls. */
export type Pause = {
  /** What is to slow down: a tenant's calls of one class. */
  readonly key: string;
  /** Who was told so (a tenant). When several are within a short time, it is their common budget that is meant. */
  readonly line: string;
  readonly sharedKey: string;
  readonly forMs: number;
};

export type Pauses = {
  add(pause: Pause): void;
  /** Until when, in monotonic milliseconds, a call that goes under any of these keys has to wait. */
  untilMs(keys: readonly string[], kind: CallKind): number;
};

/** Where the broker does not say for how long. */
export const USUAL_PAUSE_MS = 1000;
const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
const SEVERAL_LINES = 3;
const SHORT_TIME_MS = 2000;
const MAX_KEPT = 2000;

type Paused = { readonly fromMs: number; readonly untilMs: number };

export function createPauses(clock: Clock, onPause: (scope: 'class' | 'gateway') => void): Pauses {
  const paused = new Map<string, Paused>();
  /** When each line was last told, by shared budget. */
  const told = new Map<string, Map<string, number>>();

  function extend(key: string, forMs: number): void {
    const nowMs = clock.monotonicMs();
    const known = paused.get(key);
    const isOn = known !== undefined && known.untilMs > nowMs;
    if (paused.size >= MAX_KEPT) for (const [name, { untilMs }] of paused) if (untilMs <= nowMs) paused.delete(name);
    const untilMs = Math.max(nowMs + forMs, known?.untilMs ?? 0);
    paused.set(key, { fromMs: isOn ? known.fromMs : nowMs, untilMs });
  }

  function areSeveral({ line, sharedKey }: Pause): boolean {
    const nowMs = clock.monotonicMs();
    const lines = told.get(sharedKey) ?? new Map<string, number>();
    told.set(sharedKey, lines.set(line, nowMs));
    for (const [name, atMs] of lines) if (nowMs - atMs > SHORT_TIME_MS) lines.delete(name);
    return lines.size >= SEVERAL_LINES;
  }

  return {
    add(pause) {
      const forMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, pause.forMs));
      const isForAll = areSeveral(pause);
      extend(pause.key, forMs);
      if (isForAll) extend(pause.sharedKey, forMs);
      onPause(isForAll ? 'gateway' : 'class');
    },
    untilMs(keys, kind) {
      let untilMs = 0;
      for (const key of keys) {
        const one = paused.get(key);
        if (one === undefined) continue;
        // Stopping something cannot wait for long, whatever was asked for.
        const endMs = kind === 'cancel' ? Math.min(one.untilMs, one.fromMs + USUAL_PAUSE_MS) : one.untilMs;
        untilMs = Math.max(untilMs, endMs);
      }
      return untilMs;
    },
  };
}
