import type { CounterReadings } from '../counters.ts';
import type { DxlinkServer } from '../dxlink-server/dxlink-server.ts';
import type { DataFormat } from '../dxlink-server/feed-data.ts';
import type { MarketMove } from '../engine/market.ts';
import type { HistoryReadings, SocketKind } from '../history.ts';
import type { SocketServer, SocketSession } from '../socket-server.ts';
import type { World } from '../world.ts';
import type { FaultRule, FaultRules } from './fault-rules.ts';

export type SocketFilter = { readonly kind?: SocketKind; readonly customerId?: string };

/** The strings that an operator or a test pulls. Nothing of it exists at the real broker. */
export type SimulatorControl = {
  addFault(rule: FaultRule): void;
  faults(): readonly FaultRule[];
  clearFaults(): void;
  /** Cuts open sockets without a word; returns how many. */
  dropSockets(filter?: SocketFilter): number;
  /** Leaves open sockets half-open: nothing comes or goes on them until a reset. Returns how many. */
  freezeSockets(filter?: SocketFilter): number;
  /** All market data in this format, announced or not, until a reset. */
  forceFeedFormat(format: DataFormat): void;
  /** Access tokens of one customer, or all, end now. */
  expireTokens(customerId?: string): void;
  /** No further access tokens for this customer until a reset. */
  revokeGrant(customerId: string): void;
  /** From now on the listing trades `factor` times higher. RangeError for an unknown listing or a factor not above 0. */
  moveMarket(symbol: string, factor: number): void;
  /** Forward only: what has been traded stays in the past. */
  shiftClock(byMs: number): void;
  counters(): CounterReadings;
  /** What happened when: calls, sockets or grants, oldest first. */
  history<Part extends keyof HistoryReadings>(part: Part): HistoryReadings[Part];
  /** Ends all faults and revocations and zeroes the counters and the history. What was traded and moved stays. */
  reset(): void;
};

export type ControlParts = {
  readonly world: World;
  readonly faults: FaultRules;
  readonly dxlink: DxlinkServer;
  readonly streamer: SocketServer<SocketSession>;
  readonly moves: MarketMove[];
};

export function createSimulatorControl({ world, faults, dxlink, streamer, moves }: ControlParts): SimulatorControl {
  const servers: Record<SocketKind, SocketServer<SocketSession>> = { dxlink, streamer };
  const onServers = (filter: SocketFilter, act: (server: SocketServer<SocketSession>) => number): number =>
    (filter.kind === undefined ? Object.values(servers) : [servers[filter.kind]])
      .map(act)
      .reduce((total, count) => total + count, 0);

  return {
    addFault: faults.add,
    faults: faults.list,
    clearFaults: faults.clear,
    dropSockets: (filter = {}) => onServers(filter, (server) => server.drop(filter.customerId)),
    freezeSockets: (filter = {}) => onServers(filter, (server) => server.freeze(filter.customerId)),
    forceFeedFormat: dxlink.forceFormat,
    expireTokens: world.tokens.expire,
    revokeGrant: world.grants.revoke,
    moveMarket(symbol, factor) {
      const move = { symbol, at: world.clock.now(), factor };
      world.market.move(move);
      moves.push(move);
      world.desk.advance();
    },
    shiftClock(byMs) {
      if (!(byMs >= 0)) throw new RangeError('The clock of the simulator only moves forward');
      world.clock.shift(byMs);
      world.desk.advance();
    },
    counters: world.counters.read,
    history: world.history.read,
    reset() {
      faults.clear();
      world.grants.restoreAll();
      world.counters.reset();
      dxlink.forceFormat(undefined);
      for (const server of Object.values(servers)) server.thaw();
    },
  };
}
