import { setTimeout as sleep } from 'node:timers/promises';
import type { Replica } from '../../support/processes/replica.ts';

export type UnrestCounts = { kills: number; freezes: number };

/** Replicas that die and freeze, until it is ended. */
export type Unrest = {
  readonly counts: Readonly<UnrestCounts>;
  /** No further blow; resolves when every replica is back. Throws when one did not come back. */
  end(): Promise<void>;
};

const FREEZE_MS = 3000;
const FREEZES_ARE_ONE_IN = 4;
const LEAST_PAUSE_MS = 3000;
const PAUSE_SPREAD_MS = 2000;

/**
 * Every three to five seconds a replica that serves is killed and started again, or now and then frozen for three seconds;
 * for `forMs` at most. `sparesLast`: never the only one that serves, which on a busy machine would leave nobody at all for long.
 */
export function startUnrest(
  replicas: readonly Replica[],
  { forMs, sparesLast }: { readonly forMs: number; readonly sparesLast: boolean },
): Unrest {
  const counts: UnrestCounts = { kills: 0, freezes: 0 };
  const coming: Promise<void>[] = [];
  const failures: unknown[] = [];
  const follow = (work: Promise<void>): void =>
    void coming.push(work.catch((error: unknown) => void failures.push(error)));
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), forMs);

  function strike(): void {
    const ready = replicas.filter((replica) => replica.isReady());
    const victim = ready[Math.floor(Math.random() * ready.length)];
    if (victim === undefined || (sparesLast && ready.length === 1)) return;
    if (Math.random() * FREEZES_ARE_ONE_IN < 1) {
      counts.freezes += 1;
      follow(victim.freeze(FREEZE_MS));
      return;
    }
    counts.kills += 1;
    follow(victim.kill().then(() => victim.restart()));
  }

  const going = (async () => {
    while (!ending.signal.aborted) {
      await sleep(LEAST_PAUSE_MS + Math.random() * PAUSE_SPREAD_MS, undefined, { signal: ending.signal }).catch(
        () => {},
      );
      if (!ending.signal.aborted) strike();
    }
  })();
  return {
    counts,
    async end() {
      clearTimeout(timer);
      ending.abort();
      await going;
      await Promise.all(coming);
      const [failed] = failures;
      if (failed !== undefined) throw failed;
    },
  };
}
