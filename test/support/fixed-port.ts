import { once } from 'node:events';
import { createServer } from 'node:net';

const LOW = 20_000;
const HIGH = 32_000;
const TRIES = 50;

/** Whether nobody listens there now, on loopback. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/**
 * A free port on loopback, below those that the system gives to outgoing connections: a server that is started again on it
 * does not find it taken by a client in between.
 */
export async function fixedPort(): Promise<number> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const port = LOW + Math.floor(Math.random() * (HIGH - LOW));
    if (await isFree(port)) return port;
  }
  throw new Error('No free port was found');
}

/** What a node of a Redis cluster adds to its port, for the others to reach it. */
const BUS_OFFSET = 10_000;

/** The same, where the port that belongs to it is free as well, and no outgoing connection takes it. */
export async function fixedPortWithBus(): Promise<number> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const port = (await fixedPort()) - BUS_OFFSET;
    if (await isFree(port)) return port;
  }
  throw new Error('No two free ports were found');
}
