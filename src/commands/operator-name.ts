import { userInfo } from 'node:os';

/** Who runs the command, as records name them: `cli:ada`. */
export function operatorName(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    // A container may run as a number that has no name.
    return `cli:uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
