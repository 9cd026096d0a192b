import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { GatewayError } from '../core/errors.ts';
import type { CommandIo } from './command-deps.ts';

/**
 * Asks a person at a terminal, one question a line, without showing what is typed; two lines may be pasted at once.
 * Throws `cancelled` on Ctrl-C or Ctrl-D.
 */
export async function askSecrets(questions: readonly string[], { stdin, stderr }: CommandIo): Promise<string[]> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: stdin, output: nowhere, terminal: true });
  const lines = terminal[Symbol.asyncIterator]();
  const answers: string[] = [];
  try {
    for (const question of questions) {
      stderr.write(`${question}: `);
      const line = await lines.next();
      stderr.write('\n');
      if (line.done === true)
        throw new GatewayError('cancelled', 'Nothing was changed.', {
          advice: 'Run the command again when you have both.',
        });
      answers.push(line.value);
    }
    return answers;
  } finally {
    terminal.close();
  }
}
