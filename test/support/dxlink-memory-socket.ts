import type { OpenSocket, SocketEvents } from '../../src/broker/dxlink/socket.ts';
import type { PeerLine } from './dxlink-peer.ts';

/** The server's end of any number of lines. */
type Peer = { accept(line: PeerLine): { message(text: string): void; closed(): void } };

export type MemorySockets = {
  readonly openSocket: OpenSocket;
  /** Where connections were tried. */
  readonly urls: string[];
  /** Whether connections fail before they open. */
  unreachable: boolean;
  /** Whether the server leaves our good-byes unanswered. */
  clings: boolean;
};

/** Sockets in memory that end at `peer`: each message arrives a microtask later, in order. */
export function memorySockets(peer: Peer): MemorySockets {
  const sockets: MemorySockets = {
    urls: [],
    unreachable: false,
    clings: false,
    openSocket: (url, events) => {
      sockets.urls.push(url);
      return sockets.unreachable ? refusedSocket(events) : connect(peer, events, sockets);
    },
  };
  return sockets;
}

function refusedSocket(events: SocketEvents): ReturnType<OpenSocket> {
  queueMicrotask(() => events.closed(1006));
  return { send: () => {}, close: () => {}, terminate: () => {} };
}

function connect(peer: Peer, events: SocketEvents, sockets: MemorySockets): ReturnType<OpenSocket> {
  let isOpen = true;
  const close = (code: number): void => {
    if (!isOpen) return;
    isOpen = false;
    queueMicrotask(() => {
      session.closed();
      events.closed(code);
    });
  };
  const session = peer.accept({
    send(text) {
      if (isOpen) queueMicrotask(() => events.message(text));
    },
    close,
    terminate: () => close(1006),
  });
  queueMicrotask(() => void (isOpen && events.opened()));
  return {
    send: (text) => queueMicrotask(() => void (isOpen && session.message(text))),
    close() {
      if (!sockets.clings) close(1000);
    },
    terminate: () => close(1006),
  };
}
