import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { DxLinkPeer } from './dxlink-peer.ts';

export type DxLinkServer = { readonly url: string; close(): Promise<void> };

/** Puts `peer` on a real websocket on a free port. */
export async function startDxLinkServer(peer: DxLinkPeer): Promise<DxLinkServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/realtime' });
  server.on('connection', (socket) => {
    const session = peer.accept({
      send: (text) => socket.send(text),
      close: (code) => socket.close(code),
      terminate: () => socket.terminate(),
    });
    socket.on('message', (data: Buffer) => session.message(data.toString('utf8')));
    socket.on('close', () => session.closed());
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/realtime`,
    close: () =>
      new Promise((resolve) => {
        for (const client of server.clients) client.terminate();
        server.close(() => resolve());
      }),
  };
}
