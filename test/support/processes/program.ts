import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const START_MS = 45_000;
const KEPT_CHARACTERS = 8000;

/** A process of the product's own program, started by a test and ended by it, by its pid. */
export type Program = {
  readonly pid: number;
  /** What the ready pattern captured from its standard output. */
  readonly captured: string;
  /** Resolves when it has ended, however that came. */
  readonly ended: Promise<void>;
  readonly isRunning: () => boolean;
  /** The end of what it wrote to standard error. */
  readonly complaints: () => string;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL for one that does not end within five seconds. */
  stop(): Promise<void>;
};

export type ProgramOptions = {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it prints when it is ready; its first group is captured. */
  readonly ready: RegExp;
};

/** Only what Node itself needs: nothing of the machine's own configuration reaches a test's process. */
export const plainEnv = (env: Readonly<Record<string, string>>): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  NODE_NO_WARNINGS: '1',
  ...env,
});

/** Starts `node src/main.ts …` and waits until it is ready. Throws with its complaints when it ends, or takes too long. */
export async function startProgram({ args, env, ready }: ProgramOptions): Promise<Program> {
  const child = spawn(process.execPath, ['src/main.ts', ...args], {
    cwd: ROOT,
    env: plainEnv(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const ended = once(child, 'exit').then(() => void process.off('exit', killNow));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-KEPT_CHARACTERS)));
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  try {
    const captured = await readyText(child, ready, () => said);
    const { pid } = child;
    if (pid === undefined) throw new Error('A process without a pid');
    return {
      pid,
      captured,
      ended,
      isRunning,
      complaints: () => said,
      signal: (name) => void child.kill(name),
      stop: () => stop(child, ended, isRunning),
    };
  } catch (error) {
    killNow();
    throw error;
  }
}

function readyText(child: ChildProcess, ready: RegExp, said: () => string): Promise<string> {
  let printed = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Not ready in time: ${printed}${said()}`)), START_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new Error(`Ended before it was ready: ${printed}${said()}`));
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-KEPT_CHARACTERS);
      const found = ready.exec(printed);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[1] ?? found[0]);
    });
  });
}

async function stop(child: ChildProcess, ended: Promise<void>, isRunning: () => boolean): Promise<void> {
  if (!isRunning()) return;
  // One that was frozen takes no SIGTERM.
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}

export type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs one of the operator's commands to its end, in a process of its own. */
export async function runCommand(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Run> {
  const child = spawn(process.execPath, ['src/main.ts', ...args], {
    cwd: ROOT,
    env: plainEnv(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}
