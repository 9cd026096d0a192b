import type { Clock, EpochMs } from '../core/clock.ts';
import type { History, SocketKind } from './history.ts';

/** By customer. */
type SocketTallies = Readonly<Record<SocketKind, Readonly<Record<string, number>>>>;

/** What has happened since the start or the last reset, except `sockets`: those are the ones open now. Plain JSON. */
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
  readonly sockets: SocketTallies;
  /** The most that were open at one time. */
  readonly socketPeaks: SocketTallies;
};

export type Counters = {
  /** The customer of a good access token, else null. */
  requested(route: string, customerId: string | null): void;
  submitted(externalIdentifier: string, at: EpochMs): void;
  tokenGranted(customerId: string): void;
  tokenRefused(): void;
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

const readTallies = ({ dxlink, streamer }: Record<SocketKind, Tally>): SocketTallies => ({
  dxlink: Object.fromEntries(dxlink),
  streamer: Object.fromEntries(streamer),
});

export function createCounters({ clock, history }: { clock: Clock; history: History }): Counters {
  const requests: Tally = new Map();
  const orders: Tally = new Map();
  const firstSubmittedAt = new Map<string, EpochMs>();
  const tokenGrants: Tally = new Map();
  const sockets: Record<SocketKind, Tally> = { dxlink: new Map(), streamer: new Map() };
  const peaks: Record<SocketKind, Tally> = { dxlink: new Map(), streamer: new Map() };

  function socketChanged(kind: SocketKind, customer: string, change: 'opened' | 'closed'): void {
    bump(sockets[kind], customer, change === 'opened' ? 1 : -1);
    const open = sockets[kind].get(customer) ?? 0;
    peaks[kind].set(customer, Math.max(open, peaks[kind].get(customer) ?? 0));
    history.socketChanged({ at: clock.now(), kind, customer, change, open });
  }

  return {
    requested(route, customer) {
      bump(requests, route, 1);
      history.requested({ at: clock.now(), customer, route });
    },
    submitted(externalIdentifier, at) {
      bump(orders, externalIdentifier, 1);
      if (!firstSubmittedAt.has(externalIdentifier)) firstSubmittedAt.set(externalIdentifier, at);
    },
    tokenGranted(customer) {
      bump(tokenGrants, customer, 1);
      history.grantJudged({ at: clock.now(), customer, outcome: 'granted' });
    },
    tokenRefused: () => history.grantJudged({ at: clock.now(), customer: null, outcome: 'refused' }),
    socketOpened(kind, customerId) {
      socketChanged(kind, customerId, 'opened');
      let open = true;
      return () => {
        if (open) socketChanged(kind, customerId, 'closed');
        open = false;
      };
    },
    read: () => ({
      requests: Object.fromEntries(requests),
      orders: Object.fromEntries(orders),
      firstSubmittedAt: Object.fromEntries(firstSubmittedAt),
      tokenGrants: Object.fromEntries(tokenGrants),
      sockets: readTallies(sockets),
      socketPeaks: readTallies(peaks),
    }),
    reset() {
      for (const tally of [requests, orders, firstSubmittedAt, tokenGrants]) tally.clear();
      for (const kind of ['dxlink', 'streamer'] as const) peaks[kind] = new Map(sockets[kind]);
      history.reset();
    },
  };
}
