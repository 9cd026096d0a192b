import { setPriority } from 'node:os';

const BEFORE_OTHERS = -10;

/** Lets this process have a core when it wants one, where the machine allows it; a loader's own lateness tells where it does not. */
export function preferProcess(pid: number): void {
  try {
    setPriority(pid, BEFORE_OTHERS);
  } catch {
    // It has ended, or this account may not: then it takes turns with the others.
  }
}
