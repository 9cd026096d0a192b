import { Buffer } from 'node:buffer';
import { WebSocket } from 'ws';

/** A text websocket, as small as the feed needs it. */
export type Socket = {
  send(text: string): void;
  /** Starts the closing handshake. */
  close(): void;
  /** Cuts the line. */
  terminate(): void;
};

export type SocketEvents = {
  opened(): void;
  /** `undefined` for a message that is not text. */
  message(text: string | undefined): void;
  /** Once, and nothing after it; also when the socket never opened. 1006 when nobody said why. */
  closed(code: number): void;
};

export type OpenSocket = (url: string, events: SocketEvents) => Socket;

const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** The only place that knows the websocket library. Time limits are the caller's. */
export const openSocket: OpenSocket = (url, events) => {
  const socket = new WebSocket(url, {
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    followRedirects: false,
    headers: { 'user-agent': 'tasty-gateway' },
  });
  socket.on('open', () => events.opened());
  socket.on('message', (data, isBinary) =>
    events.message(isBinary || !Buffer.isBuffer(data) ? undefined : data.toString('utf8')),
  );
  // An error is always followed by `close`, which carries all that the feed acts upon.
  socket.on('error', () => {});
  socket.on('close', (code) => events.closed(code));
  return {
    send: (text) => socket.send(text),
    close: () => socket.close(1000),
    terminate: () => socket.terminate(),
  };
};
