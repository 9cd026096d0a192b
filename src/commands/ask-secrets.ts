import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { GatewayError } from '../core/errors.ts';
import type { CommandIo } from './command-deps.ts';

/** Asks a person at a terminal, one question a line, without showing what is typed. Throws `cancelled` on Ctrl-C or Ctrl-D. */
export async function askSecrets(questions: readonly string[], { stdin, stderr }: CommandIo): Promise<string[]> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: stdin, output: nowhere, terminal: true });
  const ended = new AbortController();
  terminal.once('close', () => ended.abort());
  const answers: string[] = [];
  try {
    for (const question of questions) {
      stderr.write(`${question}: `);
      answers.push(await terminal.question('', { signal: ended.signal }));
      stderr.write('\n');
    }
    return answers;
  } catch (error) {
    if (!ended.signal.aborted) throw error;
    stderr.write('\n');
    throw new GatewayError('cancelled', 'Nothing was changed.', { cause: error, advice: 'Run the command again when you have both.' });
  } finally {
    terminal.close();
  }
}
