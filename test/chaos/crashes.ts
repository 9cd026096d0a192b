import type { Fleet } from '../support/processes/fleet.ts';

/** From now on: the last words of every replica that has ended, though nobody told it to. */
export function watchCrashes({ replicas }: Fleet): () => readonly string[] {
  const pids = replicas.map((replica) => replica.pid());
  return () =>
    replicas
      .filter((replica, at) => !replica.isReady() || replica.pid() !== pids[at])
      .map((replica) => replica.complaints().slice(-LAST_WORDS));
}

const LAST_WORDS = 2000;
