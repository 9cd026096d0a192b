import type { Clock } from '../../core/clock.ts';

export type ProbeOptions = {
  readonly clock: Clock;
  /** Sends a KEEPALIVE. */
  readonly send: () => void;
  /** The line is dead, though nobody has hung up. Told once. */
  readonly silent: () => void;
};

export type Probe = { heard(frame: 'keepalive' | 'other'): void; stop(): void };

const QUIET_MS = 750;
const ANSWER_MS = 900;
/** A server that took so many times less is not dead yet. */
const PATIENCE = 4;
const ANSWERS_FOR_TRUST = 2;
/** A server that lets so many pass in its first moments is not one that answers. */
const TRIES = 5;
/** This process has stood still: what has arrived meanwhile is read first. */
const LATE_MS = 250;
const LAST_LOOK_MS = 100;

/**
 * Asks a quiet line whether it lives. The protocol does not oblige a server to answer a KEEPALIVE with one: only when it
 * has done so on this connection is silence after the next held against the line. Else the keepalive time limit has to do.
 */
export function startProbe({ clock, send, silent }: ProbeOptions): Probe {
  let heardAtMs = clock.monotonicMs();
  let askedAtMs: number | undefined;
  let answers = 0;
  let tries = 0;
  let slowestMs = 0;
  let dueAtMs = 0;
  let timer = lookIn(QUIET_MS);

  function lookIn(ms: number): ReturnType<Clock['after']> {
    dueAtMs = clock.monotonicMs() + ms;
    return clock.after(ms, look);
  }

  const isTrusted = (): boolean => answers >= ANSWERS_FOR_TRUST;

  function look(): void {
    const nowMs = clock.monotonicMs();
    const waitMs = Math.max(ANSWER_MS, slowestMs * PATIENCE);
    if (nowMs - dueAtMs > LATE_MS) timer = lookIn(LAST_LOOK_MS);
    else if (askedAtMs === undefined) askOrRest(nowMs);
    else if (nowMs - askedAtMs < waitMs) timer = lookIn(askedAtMs + waitMs - nowMs);
    else if (isTrusted() && heardAtMs < askedAtMs) silent();
    else askOrRest(nowMs);
  }

  /** Until it is known what kind of a server it is, it is asked in any case. */
  function askOrRest(nowMs: number): void {
    const quietMs = nowMs - heardAtMs;
    askedAtMs = undefined;
    if (!isTrusted() && tries >= TRIES) return;
    if (isTrusted() && quietMs < QUIET_MS) {
      timer = lookIn(QUIET_MS - quietMs);
      return;
    }
    tries += 1;
    askedAtMs = nowMs;
    send();
    timer = lookIn(ANSWER_MS);
  }

  return {
    heard(frame) {
      heardAtMs = clock.monotonicMs();
      if (askedAtMs === undefined) return;
      if (frame === 'keepalive') {
        answers += 1;
        slowestMs = Math.max(slowestMs, heardAtMs - askedAtMs);
      }
      if (frame === 'keepalive' || isTrusted()) askedAtMs = undefined;
    },
    stop: () => timer.cancel(),
  };
}
