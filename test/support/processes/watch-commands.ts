import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { createInterface } from 'node:readline';

/** Every command that a Redis is given from now on, as whoever listens at the server hears it. */
export type CommandWatch = {
  /** What it was given, each as one line that ends with the command's quoted words. Resolves when all that came before is known. */
  end(): Promise<readonly string[]>;
};

const END = 'the end of watching';
const GRANTED = '+OK';

/** Reads the wire itself: a client library may take a command for an answer when one comes right behind the word that it listens. */
export async function watchCommands(port: number): Promise<CommandWatch> {
  const socket = await open(port);
  const reader = createInterface({ input: socket });
  const lines: string[] = [];
  const granted = once(reader, 'line');
  socket.write('MONITOR\r\n');
  const [first] = await granted;
  if (first !== GRANTED) throw new Error(`Redis does not let itself be watched: ${String(first)}`);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  reader.on('line', (line) => (line.includes(END) ? resolve() : lines.push(line)));
  return {
    async end() {
      const other = await open(port);
      other.end(`ECHO "${END}"\r\n`);
      await ended;
      socket.destroy();
      return lines;
    },
  };
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
