import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import type { CommandDeps } from '../../src/commands/command-deps.ts';
import { readConfig } from '../../src/config.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { systemIds } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What a command printed, and what it threw. */
export type Ran = { readonly out: string; readonly err: string; readonly error: unknown };

type AddCommand = (program: Command, deps: CommandDeps) => void;
export type CommandBenchOptions = { readonly clock?: Clock; readonly commands: readonly AddCommand[] };

/** Runs operators' commands as a shell would, over a data folder of the running test's own. */
export async function createCommandBench({ clock = systemClock, commands }: CommandBenchOptions) {
  const dataDir = await temporaryFolder();
  const basics: CommandDeps['basics'] = () => ({
    config: readConfig({ DATA_DIR: dataDir }),
    clock,
    ids: systemIds,
    log: silentLog,
  });
  const run = async (...line: readonly string[]): Promise<Ran> => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const program = new Command('gateway').exitOverride().configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    });
    for (const add of commands) add(program, { io: { stdin, stdout, stderr }, basics });
    const inherit = (command: Command): void => {
      for (const child of command.commands) inherit(child.copyInheritedSettings(command));
    };
    inherit(program);
    const error = await program.parseAsync([...line], { from: 'user' }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return { out: String(stdout.read() ?? ''), err: String(stderr.read() ?? ''), error };
  };
  return { dataDir, run };
}
