import type { Clock } from '../core/clock.ts';

/** Knows when this process stood still (stopped, starved, paused): what it reads next may have come long before. */
export type Pulse = {
  /** How often it has stood still for long. Looks before it answers, so that nothing is done first. */
  standstills(): number;
  /** When at the earliest may have arrived what was read at this time (monotonic): before a standstill, if it had just ended. */
  arrivedMs(readAtMs: number): number;
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

const MAX_RECENT = 20;

type Standstill = { readonly beganAtMs: number; readonly endedAtMs: number };

export function createPulse(clock: Clock): Pulse {
  const listeners = new Set<() => void>();
  let beatAtMs = clock.monotonicMs();
  let standstills = 0;
  const recent: Standstill[] = [];

  function look(): void {
    const nowMs = clock.monotonicMs();
    const stoodMs = nowMs - beatAtMs;
    if (stoodMs <= BEAT_MS + USUAL_MS) return;
    recent.push({ beganAtMs: beatAtMs, endedAtMs: nowMs });
    if (recent.length > MAX_RECENT) recent.shift();
    beatAtMs = nowMs;
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
    arrivedMs(readAtMs) {
      look();
      const waited = recent.find(({ endedAtMs }) => readAtMs >= endedAtMs && readAtMs - endedAtMs <= CATCHING_UP_MS);
      return waited === undefined ? readAtMs : Math.min(readAtMs, waited.beganAtMs);
    },
    onStandstill(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => beat.cancel(),
  };
}
