import { setTimeout as sleep } from 'node:timers/promises';
import { type RawSocket, openRawSocket } from '../support/edge/raw-socket.ts';
import type { Sailor } from './crew.ts';

const INITIALIZE = {
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'fleet', version: '1' } },
};
const ENDPOINT_MS = 10_000;
const ACCEPTED = 202;

/** An event stream of the oldest transport, whose answers all come over it: one may ask, and not read. */
export type EventStreamClient = {
  /** Asks for the list of tools, whose answer is long. False when the gateway has ended the stream. */
  askMuch(): Promise<boolean>;
  /** From now on nothing is read. */
  stopReading(): void;
  /** Reads what is left. Resolves with whether the gateway has ended the connection, within `ms`. */
  isEnded(ms: number): Promise<boolean>;
  hangUp(): void;
};

export async function openEventStream(url: string, { token }: Sailor): Promise<EventStreamClient> {
  const headers = { authorization: `Bearer ${token}` };
  const raw = await openRawSocket(url, {
    path: '/sse',
    headers: { ...headers, host: new URL(url).host, accept: 'text/event-stream' },
  });
  const endpoint = new URL(await endpointOf(raw), url);
  let asked = 0;
  const post = async (message: Readonly<Record<string, unknown>>): Promise<boolean> => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    });
    await response.arrayBuffer();
    return response.status === ACCEPTED;
  };
  if (!(await post({ id: 0, ...INITIALIZE }))) throw new Error('A session was not opened');
  await post({ method: 'notifications/initialized' });
  return {
    askMuch: () => post({ id: (asked += 1), method: 'tools/list' }),
    stopReading: () => void raw.socket.pause(),
    isEnded(ms) {
      raw.socket.resume();
      return Promise.race([raw.closed.then(() => true), sleep(ms, false)]);
    },
    hangUp: () => void raw.socket.destroy(),
  };
}

async function endpointOf({ heard }: RawSocket): Promise<string> {
  const untilMs = performance.now() + ENDPOINT_MS;
  for (; performance.now() < untilMs; await sleep(5)) {
    const path = /data: (?<path>\S+)/u.exec(heard())?.groups?.['path'];
    if (path !== undefined) return path;
  }
  throw new Error('A stream named no address for messages');
}
