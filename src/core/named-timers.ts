import type { Clock, Timer } from './clock.ts';

/** Timers that are known by name: at most one of each at a time. */
export type NamedTimers<Name extends string> = {
  /** In place of the one of this name, if there is one. */
  set(name: Name, ms: number, task: () => void): void;
  /** Whether it is still to come. */
  has(name: Name): boolean;
  cancel(name: Name): void;
  cancelAll(): void;
};

export function createNamedTimers<Name extends string>(clock: Clock): NamedTimers<Name> {
  const timers = new Map<Name, Timer>();
  const cancel = (name: Name): void => {
    timers.get(name)?.cancel();
    timers.delete(name);
  };
  return {
    set(name, ms, task) {
      cancel(name);
      const timer = clock.after(ms, () => {
        timers.delete(name);
        task();
      });
      timers.set(name, timer);
    },
    has: (name) => timers.has(name),
    cancel,
    cancelAll() {
      for (const name of timers.keys()) cancel(name);
    },
  };
}
