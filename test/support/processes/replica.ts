import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessOptions } from './running-process.ts';
import { type Program, startProgram } from './program.ts';

const TRIES = 3;
/** Longer than any grace that a replica is given. */
const RETIRE_MS = 60_000;

/** One gateway of several, which may be killed, frozen and started again: on another port each time, unless env has one. */
export type Replica = {
  /** Where it listens now, or listened last. */
  url(): string;
  pid(): number;
  isReady(): boolean;
  /** SIGKILL; resolves when it is dead. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has ended by itself. Throws when it does not within a minute. */
  retire(): Promise<void>;
  /** Starts it again after a kill; resolves when it is ready. */
  restart(): Promise<void>;
  /** SIGSTOP, and SIGCONT after `ms`. */
  freeze(ms: number): Promise<void>;
  complaints(): string;
  stop(): Promise<void>;
};

type Env = Readonly<Record<string, string>>;

export async function startReplica(env: Env, hear?: ProcessOptions['hear']): Promise<Replica> {
  let program = await start(env, hear);
  let isReady = true;
  return {
    url: () => program.captured,
    pid: () => program.pid,
    isReady: () => isReady && program.isRunning(),
    async kill() {
      isReady = false;
      program.signal('SIGKILL');
      await program.ended;
    },
    async retire() {
      isReady = false;
      program.signal('SIGTERM');
      const hasEnded = await Promise.race([program.ended.then(() => true), sleep(RETIRE_MS, false, { ref: false })]);
      if (!hasEnded) throw new Error(`A replica did not end on SIGTERM: ${program.complaints()}`);
    },
    async restart() {
      program = await start(env, hear);
      isReady = true;
    },
    async freeze(ms) {
      isReady = false;
      program.signal('SIGSTOP');
      await sleep(ms);
      program.signal('SIGCONT');
      isReady = true;
    },
    complaints: () => program.complaints(),
    stop: () => program.stop(),
  };
}

/** A free port may be taken by somebody else just before it is used: then again, with another. */
async function start(env: Env, hear: ProcessOptions['hear']): Promise<Program> {
  for (let tried = 1; ; tried += 1) {
    try {
      const ready = /is ready: +(http:\S+?)\/mcp/u;
      return await startProgram({ args: ['serve'], env, ready, ...(hear === undefined ? {} : { hear }) });
    } catch (error) {
      if (tried === TRIES || !String(error).includes('is taken')) throw error;
    }
  }
}
