import { createSocketServer, type SocketServer } from '../socket-server.ts';
import type { World } from '../world.ts';
import { createStreamerSession, type StreamerSession } from './streamer-session.ts';

const WATCH_EVERY_MS = 1_000;
const MAX_MESSAGE_BYTES = 65_536;

/** News of orders, balances and positions over websocket, as the desk tells it. */
export function createAccountStreamer(world: World): SocketServer<StreamerSession> {
  const sockets = createSocketServer({
    maxMessageBytes: MAX_MESSAGE_BYTES,
    open: (socket) => createStreamerSession(world, socket),
  });
  const watcher = world.clock.every(WATCH_EVERY_MS, () => {
    for (const session of sockets.sessions()) session.watch();
  });
  return {
    ...sockets,
    async close() {
      watcher.cancel();
      await sockets.close();
    },
  };
}
