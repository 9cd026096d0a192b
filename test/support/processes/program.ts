import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type ProcessOptions, type RunningProcess, startProcess } from './running-process.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A process of the product's own program. */
export type Program = RunningProcess;

export type ProgramOptions = Pick<ProcessOptions, 'hear'> & {
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
export const startProgram = ({ args, env, ready, hear }: ProgramOptions): Promise<Program> =>
  startProcess({
    command: process.execPath,
    args: ['src/main.ts', ...args],
    spawn: { cwd: ROOT, env: plainEnv(env) },
    ready,
    ...(hear === undefined ? {} : { hear }),
  });

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
