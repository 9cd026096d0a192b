import { createAccountStreamer } from './account-streamer/account-streamer.ts';
import { createDxlinkServer } from './dxlink-server/dxlink-server.ts';
import type { MarketMove } from './engine/market.ts';
import { addControlRoutes } from './faults/control-routes.ts';
import { createFaultRules } from './faults/fault-rules.ts';
import { createSimulatorControl, type SimulatorControl } from './faults/simulator-control.ts';
import { brokerRoutes } from './rest/broker-routes.ts';
import { createRestServer } from './rest/rest-server.ts';
import type { World } from './world.ts';

export type WireOptions = {
  readonly world: World;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Where commanded market moves are written down. */
  readonly moves: MarketMove[];
};

export type Wire = {
  readonly port: number;
  readonly control: SimulatorControl;
  close(): Promise<void>;
};

const DXLINK_PATH = '/realtime';
/** Orders fill and expire between calls as well, so that streams tell it. */
const ADVANCE_EVERY_MS = 250;

/** Puts a world on the network: REST and both kinds of websocket on one port. Resolves when it listens. */
export async function serveWire({ world, host, port, moves }: WireOptions): Promise<Wire> {
  const faults = createFaultRules(world.ids);
  const dxlink = createDxlinkServer(world);
  const streamer = createAccountStreamer(world);
  const control = createSimulatorControl({ world, faults, dxlink, streamer, moves });
  const app = createRestServer({ world, faults, routes: brokerRoutes(world) });
  addControlRoutes(app, control);
  app.server.on('upgrade', (request, socket, head) => {
    const server = request.url?.split('?', 1)[0] === DXLINK_PATH ? dxlink : streamer;
    server.accept(request, socket, head);
  });
  const advancing = world.clock.every(ADVANCE_EVERY_MS, () => advance(world));

  async function close(): Promise<void> {
    advancing.cancel();
    await Promise.all([dxlink.close(), streamer.close()]);
    await app.close();
  }

  try {
    await app.listen({ host, port });
  } catch (cause) {
    await close();
    throw cause;
  }
  const address = app.server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : port, control, close };
}

function advance(world: World): void {
  try {
    world.desk.advance();
  } catch (cause) {
    world.log.error({ cause }, 'The simulated desk could not be advanced');
  }
}
