import { createSocketServer, type SocketServer } from '../socket-server.ts';
import type { World } from '../world.ts';
import { createCandles } from './candles.ts';
import { createDxlinkSession, type DxlinkSession } from './dxlink-session.ts';
import { createEventSource } from './event-source.ts';
import type { DataFormat } from './feed-data.ts';

export type DxlinkServer = SocketServer<DxlinkSession> & {
  /** From now on all data goes out in this format without being announced, as production once did; undefined ends it. */
  forceFormat(format: DataFormat | undefined): void;
};

const DEFAULT_TICK_MS = 500;
const WATCH_EVERY_MS = 1_000;
/** About 2,000 symbols in one message. */
const MAX_MESSAGE_BYTES = 65_536;

/** Market data over websocket: any number of sessions on one market, one timer for all of them. */
export function createDxlinkServer(world: World, tickMs = DEFAULT_TICK_MS): DxlinkServer {
  let forced: DataFormat | undefined;
  const source = {
    clock: world.clock,
    events: createEventSource(world.market),
    candles: createCandles(world.market),
    tickMs,
    forcedFormat: () => forced,
  };
  const sockets = createSocketServer({
    maxMessageBytes: MAX_MESSAGE_BYTES,
    open: (socket) => createDxlinkSession({ world, socket, source }),
  });
  const ticker = world.clock.every(tickMs, () => {
    const now = world.clock.now();
    for (const session of sockets.sessions()) session.tick(now);
  });
  const watcher = world.clock.every(WATCH_EVERY_MS, () => {
    for (const session of sockets.sessions()) session.watch();
  });
  return {
    ...sockets,
    forceFormat(format) {
      forced = format;
    },
    async close() {
      ticker.cancel();
      watcher.cancel();
      await sockets.close();
    },
  };
}
