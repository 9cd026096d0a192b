import { setTimeout as sleep } from 'node:timers/promises';
import { type Program, startProgram } from './program.ts';

const TRIES = 3;

/** One gateway of several, which may be killed, frozen and started again. Each start listens on another port. */
export type Replica = {
  /** Where it listens now, or listened last. */
  url(): string;
  isReady(): boolean;
  /** SIGKILL; resolves when it is dead. */
  kill(): Promise<void>;
  /** Starts it again after a kill; resolves when it is ready. */
  restart(): Promise<void>;
  /** SIGSTOP, and SIGCONT after `ms`. */
  freeze(ms: number): Promise<void>;
  complaints(): string;
  stop(): Promise<void>;
};

export async function startReplica(env: Readonly<Record<string, string>>): Promise<Replica> {
  let program = await start(env);
  let isReady = true;
  return {
    url: () => program.captured,
    isReady: () => isReady && program.isRunning(),
    async kill() {
      isReady = false;
      program.signal('SIGKILL');
      await program.ended;
    },
    async restart() {
      program = await start(env);
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
async function start(env: Readonly<Record<string, string>>): Promise<Program> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await startProgram({ args: ['serve'], env, ready: /is ready: +(http:\S+?)\/mcp/u });
    } catch (error) {
      if (tried === TRIES || !String(error).includes('is taken')) throw error;
    }
  }
}
