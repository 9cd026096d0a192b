import { setImmediate } from 'node:timers';

/** The turns of the event loop: in each, whatever has arrived is read, and then waiting tasks run. */
export type Turns = {
  /** Runs `task` in the next turn: after what has arrived by then has been looked at. */
  next(task: () => void): void;
};

export const systemTurns: Turns = { next: (task) => void setImmediate(task) };
