import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { fixedPort } from '../fixed-port.ts';
import { serverProgram } from '../server-program.ts';
import { startProcess } from './running-process.ts';

export type Proxy = {
  /** Where clients call. */
  readonly url: string;
  /** How many of the servers it sends requests to now. */
  readyServers(): Promise<number>;
  stop(): Promise<void>;
};

/** The proxy that the project recommends, with the addresses of a test. */
const RECOMMENDED = new URL('../../../deploy/haproxy/haproxy.cfg', import.meta.url);
const START_MS = 10_000;

/** HAProxy in front of these servers, `127.0.0.1:port` each; installed when the machine has none. */
export async function startHaproxy(servers: readonly string[]): Promise<Proxy> {
  const command = serverProgram(['haproxy', '/usr/sbin/haproxy'], 'haproxy');
  const folder = await mkdtemp(join(tmpdir(), 'gateway-haproxy-'));
  const port = await fixedPort();
  const statsPort = await fixedPort();
  const config = join(folder, 'haproxy.cfg');
  await writeFile(config, configOf(await readFile(RECOMMENDED, 'utf8'), { port, statsPort, servers }));
  const proxy = await startProcess({ command, args: ['-db', '-f', config], spawn: { cwd: folder } });
  const readyServers = (): Promise<number> => countReady(statsPort);
  const stop = async (): Promise<void> => {
    // Told to end softly, it would wait for connections that nobody closes any more.
    await proxy.stop(500);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(async () => {
      if (!proxy.isRunning()) throw new Error(`HAProxy has ended: ${proxy.complaints()}`);
      return (await readyServers()) === servers.length;
    }, START_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, readyServers, stop };
}

type Addresses = { readonly port: number; readonly statsPort: number; readonly servers: readonly string[] };

/** The recommended configuration, word for word, but for where it listens and whom it knows. */
function configOf(recommended: string, { port, statsPort, servers }: Addresses): string {
  const own = servers.map((server, index) => `  server gateway-${index + 1} ${server}`).join('\n');
  const text = recommended
    .replace(/^(\s+bind ).*$/mu, `$1127.0.0.1:${port}`)
    .replaceAll(/^\s+server-template .*$/gmu, own)
    .replace(/^global$/mu, `global\n  stats socket ipv4@127.0.0.1:${statsPort} level user`);
  if (!text.includes(own)) throw new Error('The recommended configuration names no servers');
  return text;
}

/** `show stat` is CSV: a server is ready when its state begins with UP. */
async function countReady(statsPort: number): Promise<number> {
  const socket = connect(statsPort, '127.0.0.1').setEncoding('utf8');
  let text = '';
  socket.on('data', (chunk: string) => (text += chunk));
  socket.write('show stat\n');
  await once(socket, 'close');
  const [header = '', ...rows] = text.trim().split('\n');
  const status = header.split(',').indexOf('status');
  return rows
    .map((row) => row.split(','))
    .filter((row) => row[0] === 'gateway' && row[1]?.startsWith('gateway-') && row[status]?.startsWith('UP')).length;
}
