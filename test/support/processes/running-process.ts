import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';

const START_MS = 45_000;
const KEPT_CHARACTERS = 8000;
const STOP_MS = 5000;

/** A process that a test started, and ends by its pid; also when the test itself ends. */
export type RunningProcess = {
  readonly pid: number;
  /** What the ready pattern captured from its output. */
  readonly captured: string;
  /** Resolves when it has ended, however that came. */
  readonly ended: Promise<void>;
  readonly isRunning: () => boolean;
  /** Its exit code, once it has ended by itself. */
  readonly exitCode: () => number | null;
  /** The end of what it wrote to standard error. */
  readonly complaints: () => string;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL for one that has not ended after `withinMs`, five seconds unless told. */
  stop(withinMs?: number): Promise<void>;
};

export type ProcessOptions = {
  readonly command: string;
  readonly args: readonly string[];
  readonly spawn?: SpawnOptions;
  /** What it prints when it is ready; its first group is captured. Without one it is taken as ready at once. */
  readonly ready?: RegExp;
  /** What it is told to end with; SIGTERM unless told. */
  readonly stopSignal?: NodeJS.Signals;
  /** What ends it when it does not end, or when this process does; SIGKILL unless told. */
  readonly lastSignal?: NodeJS.Signals;
  /** Hears every line of standard error; true when it is no complaint, and need not be kept. */
  readonly hear?: (line: string) => boolean;
};

/** Starts a program and waits until it says that it is ready. Throws with its complaints when it ends, or takes too long. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { command, args, ready, stopSignal = 'SIGTERM', lastSignal = 'SIGKILL' } = options;
  const child = spawn(command, args, { ...options.spawn, stdio: ['ignore', 'pipe', 'pipe'] });
  const killNow = (): void => void child.kill(lastSignal);
  const ended = endOf(child, killNow);
  const complaints = keepComplaints(child, options.hear);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  try {
    const captured = await (ready === undefined ? started(child) : readyText(child, ready, complaints));
    const { pid } = child;
    if (pid === undefined) throw new Error('A process without a pid');
    return {
      pid,
      captured,
      ended,
      isRunning,
      exitCode: () => child.exitCode,
      complaints,
      signal: (name) => void child.kill(name),
      async stop(withinMs = STOP_MS) {
        if (!isRunning()) return;
        // One that was frozen takes no other signal.
        child.kill('SIGCONT');
        child.kill(stopSignal);
        const timer = setTimeout(killNow, withinMs);
        await ended;
        clearTimeout(timer);
      },
    };
  } catch (error) {
    killNow();
    throw error;
  }
}

/** What ends the processes that still run when this one ends. */
const endings = new Set<() => void>();
process.once('exit', () => {
  for (const end of endings) end();
});
// A signal would end this process without a word to them.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(130));

async function endOf(child: ChildProcess, killNow: () => void): Promise<void> {
  endings.add(killNow);
  // A program that was not found never starts, and never ends: whoever waits for it to be ready is told.
  await once(child, 'exit').catch(() => {});
  endings.delete(killNow);
}

/** Keeps the last of what was complained of, in whole lines. */
function keepComplaints(child: ChildProcess, hear: ProcessOptions['hear']): () => string {
  let said = '';
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    const kept = lines.filter((line) => hear?.(line) !== true);
    if (kept.length > 0) said = `${said}${kept.join('\n')}\n`.slice(-KEPT_CHARACTERS);
  });
  return () => said + rest;
}

async function started(child: ChildProcess): Promise<string> {
  await once(child, 'spawn');
  child.stdout?.resume();
  return '';
}

function readyText(child: ChildProcess, ready: RegExp, complaints: () => string): Promise<string> {
  let printed = '';
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      clearTimeout(timer);
      reject(new Error(`${what}: ${printed}${complaints()}`));
    };
    const timer = setTimeout(() => fail('Not ready in time'), START_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', () => fail('Ended before it was ready'));
    const look = (chunk: Buffer | string): void => {
      printed = (printed + chunk.toString()).slice(-KEPT_CHARACTERS);
      const found = ready.exec(printed);
      if (found === null) return;
      clearTimeout(timer);
      child.stderr?.off('data', look);
      resolve(found[1] ?? found[0]);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
  });
}
