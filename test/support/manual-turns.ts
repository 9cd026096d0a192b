import type { Turns } from '../../src/core/turns.ts';

export type ManualTurns = Turns & {
  /** One turn of the event loop: what waited for it runs; what is put off meanwhile waits for the next. */
  turn(): void;
};

export function createManualTurns(): ManualTurns {
  const waiting: (() => void)[] = [];
  return {
    next: (task) => void waiting.push(task),
    turn() {
      for (const task of waiting.splice(0)) task();
    },
  };
}
