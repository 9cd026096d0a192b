import type { EpochMs } from '../core/clock.ts';
import { createRecent, type RecentReadings } from './recent.ts';

export type SocketKind = 'dxlink' | 'streamer';

/** A REST call at its arrival, struck by a fault or not. Without a good access token it is nobody's. */
export type RequestSeen = { readonly at: EpochMs; readonly customer: string | null; readonly route: string };

/** A socket whose customer became known, or that ended after that, with how many of its kind the customer then had open. */
export type SocketSeen = {
  readonly at: EpochMs;
  readonly kind: SocketKind;
  readonly customer: string;
  readonly change: 'opened' | 'closed';
  readonly open: number;
};

/** A token call that was judged; a refused one may be nobody's. */
export type GrantSeen = {
  readonly at: EpochMs;
  readonly customer: string | null;
  readonly outcome: 'granted' | 'refused';
};

export type HistoryReadings = {
  readonly requests: RecentReadings<RequestSeen>;
  readonly sockets: RecentReadings<SocketSeen>;
  readonly grants: RecentReadings<GrantSeen>;
};

/** What happened when, by the simulator's clock: the newest of it since the start or the last reset. */
export type History = {
  requested(seen: RequestSeen): void;
  socketChanged(seen: SocketSeen): void;
  grantJudged(seen: GrantSeen): void;
  read<Part extends keyof HistoryReadings>(part: Part): HistoryReadings[Part];
  reset(): void;
};

const REQUESTS = 50_000;
const SOCKET_CHANGES = 20_000;
const GRANTS = 20_000;

export function createHistory(): History {
  const requests = createRecent<RequestSeen>(REQUESTS);
  const sockets = createRecent<SocketSeen>(SOCKET_CHANGES);
  const grants = createRecent<GrantSeen>(GRANTS);
  const readers: { readonly [Part in keyof HistoryReadings]: () => HistoryReadings[Part] } = {
    requests: requests.read,
    sockets: sockets.read,
    grants: grants.read,
  };
  return {
    requested: requests.add,
    socketChanged: sockets.add,
    grantJudged: grants.add,
    read: (part) => readers[part](),
    reset() {
      for (const recent of [requests, sockets, grants]) recent.clear();
    },
  };
}
