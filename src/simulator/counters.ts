import type { EpochMs } from '../core/clock.ts';

export type SocketKind = 'dxlink' | 'streamer';

/** What has happened since the start or the last reset, except sockets: those are the ones open now. Plain JSON. */
export type CounterReadings = {
  /** By `METHOD /path/with/:parameters`. */
  readonly requests: Readonly<Record<string, number>>;
  /**
   * Submissions that reached the desk, refused ones included, by `external-identifier`: of new orders, of each part of a
   * complex one, and of replacements. More than one is a double send.
   */
  readonly orders: Readonly<Record<string, number>>;
  /** When each of these first reached the desk, by the simulator's clock: epoch milliseconds. */
  readonly firstSubmittedAt: Readonly<Record<string, number>>;
  readonly tokenGrants: Readonly<Record<string, number>>;
  readonly sockets: Readonly<Record<SocketKind, Readonly<Record<string, number>>>>;
};

export type Counters = {
  requested(route: string): void;
  submitted(externalIdentifier: string, at: EpochMs): void;
  tokenGranted(customerId: string): void;
  /** Returns what to call when the socket has closed. */
  socketOpened(kind: SocketKind, customerId: string): () => void;
  read(): CounterReadings;
  reset(): void;
};

type Tally = Map<string, number>;

function bump(tally: Tally, key: string, by: number): void {
  const count = (tally.get(key) ?? 0) + by;
  if (count === 0) tally.delete(key);
  else tally.set(key, count);
}

export function createCounters(): Counters {
  const requests: Tally = new Map();
  const orders: Tally = new Map();
  const firstSubmittedAt = new Map<string, EpochMs>();
  const tokenGrants: Tally = new Map();
  const sockets: Record<SocketKind, Tally> = { dxlink: new Map(), streamer: new Map() };
  return {
    requested: (route) => bump(requests, route, 1),
    submitted(externalIdentifier, at) {
      bump(orders, externalIdentifier, 1);
      if (!firstSubmittedAt.has(externalIdentifier)) firstSubmittedAt.set(externalIdentifier, at);
    },
    tokenGranted: (customerId) => bump(tokenGrants, customerId, 1),
    socketOpened(kind, customerId) {
      bump(sockets[kind], customerId, 1);
      let open = true;
      return () => {
        if (open) bump(sockets[kind], customerId, -1);
        open = false;
      };
    },
    read: () => ({
      requests: Object.fromEntries(requests),
      orders: Object.fromEntries(orders),
      firstSubmittedAt: Object.fromEntries(firstSubmittedAt),
      tokenGrants: Object.fromEntries(tokenGrants),
      sockets: { dxlink: Object.fromEntries(sockets.dxlink), streamer: Object.fromEntries(sockets.streamer) },
    }),
    reset() {
      for (const tally of [requests, orders, firstSubmittedAt, tokenGrants]) tally.clear();
    },
  };
}
