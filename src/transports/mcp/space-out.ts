import type { Clock, Timer } from '../../core/clock.ts';

/** Tells at once, and then not again before `gapMs` have passed: what comes in between is told once, at their end. */
export type SpacedOut = { tell(): void; stop(): void };

export function spaceOut(clock: Clock, gapMs: number, told: () => void): SpacedOut {
  let pause: Timer | undefined;
  let isPending = false;
  const tell = (): void => {
    if (pause !== undefined) {
      isPending = true;
      return;
    }
    isPending = false;
    pause = clock.after(gapMs, () => {
      pause = undefined;
      if (isPending) tell();
    });
    told();
  };
  return {
    tell,
    stop() {
      pause?.cancel();
      isPending = false;
    },
  };
}
