import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';

/** One side of a websocket, as the protocols above it see it. */
export type WireSocket = {
  send(message: object): void;
  close(code: number, reason: string): void;
  /** What the client has not taken yet. */
  bufferedBytes(): number;
};

export type SocketSession = {
  /** Undefined until the client has said who it is. */
  customerId(): string | undefined;
  receive(text: string): void;
  /** Called once, however the socket ended. */
  closed(): void;
};

export type SocketServer<Session extends SocketSession> = {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Those that are not frozen. */
  sessions(): readonly Session[];
  /** Cuts the sockets of one customer, or all; returns how many. */
  drop(customerId?: string): number;
  /** Leaves them open and dead: nothing is read from them any more, and nothing sent. */
  freeze(customerId?: string): number;
  thaw(): void;
  close(): Promise<void>;
};

type Open<Session> = { readonly socket: WebSocket; readonly session: Session; isFrozen: boolean };

export type SocketServerOptions<Session extends SocketSession> = {
  /** A longer message closes the socket with 1009. */
  readonly maxMessageBytes: number;
  readonly open: (socket: WireSocket) => Session;
};

export function createSocketServer<Session extends SocketSession>(
  options: SocketServerOptions<Session>,
): SocketServer<Session> {
  const server = new WebSocketServer({ noServer: true, maxPayload: options.maxMessageBytes });
  const open = new Set<Open<Session>>();

  function admit(socket: WebSocket): void {
    const entry: Open<Session> = {
      socket,
      session: options.open(wireSocket(socket, () => entry.isFrozen)),
      isFrozen: false,
    };
    open.add(entry);
    socket.on('message', (data: RawData) => entry.session.receive(textOf(data)));
    // Whatever is wrong with it, a close follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      open.delete(entry);
      entry.session.closed();
    });
  }

  const entriesOf = (customerId?: string): readonly Open<Session>[] =>
    [...open].filter(({ session }) => customerId === undefined || session.customerId() === customerId);

  return {
    accept: (request, socket, head) => server.handleUpgrade(request, socket, head, admit),
    sessions: () => [...open].filter(({ isFrozen }) => !isFrozen).map(({ session }) => session),
    drop(customerId) {
      const entries = entriesOf(customerId);
      for (const { socket } of entries) socket.terminate();
      return entries.length;
    },
    freeze(customerId) {
      const entries = entriesOf(customerId);
      for (const entry of entries) {
        entry.isFrozen = true;
        entry.socket.pause();
      }
      return entries.length;
    },
    thaw() {
      for (const entry of open) {
        entry.isFrozen = false;
        entry.socket.resume();
      }
    },
    async close() {
      for (const { socket } of open) socket.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function wireSocket(socket: WebSocket, isFrozen: () => boolean): WireSocket {
  return {
    send(message) {
      if (!isFrozen() && socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
    },
    close: (code, reason) => socket.close(code, reason),
    bufferedBytes: () => socket.bufferedAmount,
  };
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return data instanceof ArrayBuffer ? Buffer.from(data).toString() : data.toString();
}
