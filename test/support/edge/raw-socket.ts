import { once } from 'node:events';
import { type Socket, connect } from 'node:net';

/** A client that sends one request by hand, and reads only when it is told to. */
export type RawSocket = {
  readonly socket: Socket;
  /** All that has been read, as text. */
  heard(): string;
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<void>;
};

export async function openRawSocket(
  url: string,
  request: { path: string; headers: Record<string, string>; body?: string },
) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let heard = '';
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  await once(socket, 'connect');
  const { path, headers, body } = request;
  const method = body === undefined ? 'GET' : 'POST';
  const length = body === undefined ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  const lines = [`${method} ${path} HTTP/1.1`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  socket.write(`${[...lines, ...length].join('\r\n')}\r\n\r\n${body ?? ''}`);
  socket.on('data', (chunk: Buffer) => void (heard += chunk.toString()));
  const raw: RawSocket = { socket, heard: () => heard, closed };
  return raw;
}
