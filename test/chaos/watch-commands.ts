import { Redis } from 'ioredis';

/** Every command that a Redis is given from now on, but those of this process that asks. */
export type CommandWatch = {
  /** What it was given, each as one line. Resolves when all that came before is known. */
  end(): Promise<readonly string[]>;
};

const END = 'the end of watching';

export async function watchCommands(port: number): Promise<CommandWatch> {
  const client = new Redis(port, '127.0.0.1');
  const monitor = await client.monitor();
  const lines: string[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  monitor.on('monitor', (_time: string, args: readonly string[]) => {
    if (args[1] === END) resolve();
    else lines.push(args.join(' '));
  });
  return {
    async end() {
      await client.echo(END);
      await ended;
      monitor.disconnect();
      client.disconnect();
      return lines;
    },
  };
}
