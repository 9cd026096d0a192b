import type { Clock } from '../core/clock.ts';

/** Knows when this process stood still (stopped, starved, paused): what it reads next may have come long before. */
export type Pulse = {
  /** How often it has stood still for long. Looks before it answers, so that nothing is done first. */
  standstills(): number;
  /** How much older than it seems may be what is read now, in milliseconds: 0 unless it has just stood still. */
  slackMs(): number;
  /** Told of each long standstill. Returns how to stop listening. */
  onStandstill(listener: () => void): () => void;
  close(): void;
};

const BEAT_MS = 100;
/** Timers are late by so much on a busy machine. */
const USUAL_MS = 150;
const LONG_MS = 1500;
/** How long what waited meanwhile may still be read afterwards. */
const CATCHING_UP_MS = 1000;

export function createPulse(clock: Clock): Pulse {
  const listeners = new Set<() => void>();
  let beatAtMs = clock.monotonicMs();
  let standstills = 0;
  let last = { ms: 0, endedAtMs: -Infinity };

  function look(): void {
    const nowMs = clock.monotonicMs();
    const stoodMs = nowMs - beatAtMs - BEAT_MS;
    if (stoodMs <= USUAL_MS) return;
    beatAtMs = nowMs;
    const isLesser = nowMs - last.endedAtMs <= CATCHING_UP_MS && last.ms > stoodMs;
    last = { ms: isLesser ? last.ms : stoodMs, endedAtMs: nowMs };
    if (stoodMs < LONG_MS) return;
    standstills += 1;
    for (const listener of listeners) listener();
  }

  const beat = clock.every(BEAT_MS, () => {
    look();
    beatAtMs = clock.monotonicMs();
  });
  return {
    standstills() {
      look();
      return standstills;
    },
    slackMs() {
      look();
      return clock.monotonicMs() - last.endedAtMs <= CATCHING_UP_MS ? last.ms : 0;
    },
    onStandstill(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => beat.cancel(),
  };
}
