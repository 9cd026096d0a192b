import type { Readable, Writable } from 'node:stream';
import type { Basics } from '../compose/tenancy.ts';

export type CommandIo = {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** For what was asked for, and nothing else. */
  readonly stdout: Writable;
  /** For all else: notes, questions, complaints. */
  readonly stderr: Writable;
};

/** What an operator's command works with. Whatever it cannot do it throws as a GatewayError. */
export type CommandDeps = {
  readonly io: CommandIo;
  /** Reads the configuration, when a command is really run. */
  readonly basics: () => Basics;
};
