import type { Clock } from '../../../src/core/clock.ts';
import { coordinationUnavailable } from '../../../src/redis/presence.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { BudgetStore } from '../../../src/limits/budget-store.ts';
import { createLimiter, type Limiter } from '../../../src/limits/limiter.ts';
import { type LimiterObserver, silentObserver } from '../../../src/limits/limiter-observer.ts';
import type { Standing } from '../../../src/limits/standing.ts';
import { standingAlone } from '../../../src/limits/standing.ts';
import type { ManualClock } from '../manual-clock.ts';

/** A process that can be stopped and goes on later: time passes meanwhile, and nothing of it runs. */
export type Freezer = {
  freeze(ms: number): void;
  readonly clock: Clock;
  /** The time that goes on for everybody else. */
  readonly world: Clock;
  thawed(): Promise<void>;
};

export function createFreezer(time: ManualClock): Freezer {
  let frozenUntilMs = 0;
  const thawed = async (): Promise<void> => {
    while (time.monotonicMs() < frozenUntilMs) await time.sleep(frozenUntilMs - time.monotonicMs());
  };
  return {
    freeze(ms) {
      frozenUntilMs = Math.max(frozenUntilMs, time.monotonicMs() + ms);
    },
    thawed,
    world: time,
    clock: {
      ...time,
      after(ms, task) {
        let isCancelled = false;
        const timer = time.after(ms, () => {
          void thawed().then(() => {
            if (!isCancelled) task();
          });
        });
        return {
          cancel() {
            isCancelled = true;
            timer.cancel();
          },
        };
      },
      async sleep(ms, signal) {
        await time.sleep(ms, signal);
        await thawed();
      },
    },
  };
}

export type Way = {
  /** How long the next question, and its answer, are on their way; whether the answer is lost. */
  next(): { readonly thereMs: number; readonly backMs: number; readonly isLost: boolean };
};

/** The store behind a network: an answer that does not come within a fifth of a second is an outage. */
export function storeOver(store: BudgetStore, way: Way, { clock, world, thawed }: Freezer): BudgetStore {
  async function over<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const { thereMs, backMs, isLost } = way.next();
    const startMs = clock.monotonicMs();
    // What has left is on its way, whatever becomes of its sender.
    await world.sleep(thereMs);
    const answer = await work();
    await world.sleep(isLost ? 200 : backMs);
    await thawed();
    if (isLost || clock.monotonicMs() - startMs > 200) throw coordinationUnavailable();
    return answer;
  }
  return {
    ask: (ask) => over(() => store.ask(ask)),
    note: (budget, units) => over(() => store.note(budget, units)),
  };
}

export type TestReplica = {
  readonly holder: string;
  readonly store: BudgetStore;
  readonly clock: Clock;
  readonly standing?: Standing;
  readonly observer?: LimiterObserver;
  readonly fraction?: () => number;
};

export function limiterReplica({
  holder,
  store,
  clock,
  standing = standingAlone,
  observer,
  fraction = () => 0.5,
}: TestReplica): Limiter {
  return createLimiter({
    store,
    standing,
    pauses: { untilMs: () => 0 },
    holder,
    clock,
    ids: { uuid: () => holder, secret: () => holder, fraction },
    observer: observer ?? silentObserver,
    log: silentLog,
  });
}
