import { epochMs } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { Rounds } from '../../src/core/rounds.ts';
import { WORLD_START_MS } from './sim.ts';
import type { Disturbance, Sim } from './sim.ts';

/** One life of one replica, from its start to its crash. */
export type Life = {
  /** `r1#2`: the second life of replica 1. Its owner's name at the ledger. */
  readonly name: string;
  readonly replica: number;
  /** What its wall clock is ahead. */
  readonly skewMs: number;
  readonly clock: Clock;
  isOver: boolean;
  frozenUntil: number;
  readonly freezes: Disturbance[];
  /** How many points it passes before it crashes. */
  fuse: number;
  settler: Rounds | undefined;
  /** Told when it crashes: those who wait for an answer. */
  readonly mourners: Set<() => void>;
};

const LONGEST_FREEZE_MS = 8000;
/** Rarely somebody stops a process for so long that others take it for dead. */
const LONGEST_STOP_MS = 45_000;
const LONGEST_DOWN_MS = 6000;
const IDLE_CRASH_CHANCE = 0.0004;

export function createLife(sim: Sim, replica: number, number: number): Life {
  const { chance, time } = sim;
  const skewMs = chance.between(-1000, 1000);
  const life: Life = {
    name: `r${replica + 1}#${number}`,
    replica,
    skewMs,
    clock: {
      now: () => epochMs(WORLD_START_MS + skewMs + time.now()),
      monotonicMs: () => time.now(),
      after: (ms, task) => time.at(time.now() + ms, task, life),
      every(ms, task) {
        let isCancelled = false;
        const again = (): void => {
          if (isCancelled) return;
          task();
          time.at(time.now() + ms, again, life);
        };
        time.at(time.now() + ms, again, life);
        return {
          cancel: () => {
            isCancelled = true;
          },
        };
      },
      sleep: async (ms, signal) => {
        signal?.throwIfAborted();
        const paused = pass(sim, life, 'sleep');
        if (paused !== undefined) await paused;
        await time.sleep(ms, life);
        const woken = pass(sim, life, 'woken');
        if (woken !== undefined) await woken;
      },
    },
    isOver: false,
    frozenUntil: 0,
    freezes: [],
    fuse: sim.isCalm || chance.is(0.15) ? Number.POSITIVE_INFINITY : chance.between(1, 330),
    settler: undefined,
    mourners: new Set(),
  };
  return life;
}

const never = (): Promise<void> => new Promise(() => {});

/** `idle`: one of the many that have nothing to do with an order. `hot`: where standing still is most dangerous. */
type Heat = 'idle' | 'usual' | 'hot';
const FREEZE_CHANCES: Readonly<Record<Heat, number>> = { idle: 0.0004, usual: 0.0015, hot: 0.025 };

/**
 * A point between two steps of a replica, where it may crash, be stopped or find itself stopped. `undefined`: it goes on at
 * once.
 */
export function pass(sim: Sim, life: Life, where: string, heat: Heat = 'usual'): Promise<void> | undefined {
  if (life.isOver) return never();
  const { chance, time } = sim;
  if (!sim.isCalm) {
    if (heat === 'idle' ? chance.is(IDLE_CRASH_CHANCE) : (life.fuse -= 1) <= 0) {
      crash(sim, life, where);
      return never();
    }
    if (chance.is(FREEZE_CHANCES[heat])) freeze(sim, life, where);
  }
  return life.frozenUntil > time.now() ? time.sleep(life.frozenUntil - time.now(), life) : undefined;
}

function freeze(sim: Sim, life: Life, where: string): void {
  const { chance, time } = sim;
  const from = time.now();
  const until =
    from +
    (chance.is(0.1) ? chance.between(LONGEST_FREEZE_MS, LONGEST_STOP_MS) : chance.between(100, LONGEST_FREEZE_MS));
  sim.counts.freezes += 1;
  life.frozenUntil = Math.max(life.frozenUntil, until);
  life.freezes.push({ from, until });
  sim.disturbances.push({ from, until });
  sim.trace?.(life.name, () => `is frozen at ${where} for ${until - from} ms`);
}

function crash(sim: Sim, life: Life, where: string): void {
  const { time, ledger, replicas } = sim;
  sim.counts.crashes += 1;
  sim.trace?.(life.name, () => `crashes at ${where}`);
  life.isOver = true;
  ledger.kill(life.name);
  replicas[life.replica] = undefined;
  sim.disturbances.push({ from: time.now(), until: time.now() + LONGEST_DOWN_MS });
  const mourners = [...life.mourners];
  life.mourners.clear();
  // Connections break a moment later, outside of the step that crashed.
  for (const tell of mourners) time.at(time.now() + 1, tell);
}
