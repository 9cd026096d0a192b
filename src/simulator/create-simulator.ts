import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import { createCounters } from './counters.ts';
import { createDesk } from './engine/create-desk.ts';
import { createMarket } from './engine/create-market.ts';
import type { WireObject } from './engine/desk.ts';
import type { MarketMove } from './engine/market.ts';
import type { SimulatorControl } from './faults/simulator-control.ts';
import { createGrants, type Grant } from './grants.ts';
import { createHistory } from './history.ts';
import { createAccessTokens } from './oauth/access-tokens.ts';
import { createQuoteTokens } from './quote-tokens.ts';
import { serveWire } from './serve-wire.ts';
import { createShiftedClock } from './shifted-clock.ts';
import { readSnapshot, writeSnapshot } from './simulator-snapshot.ts';
import type { World } from './world.ts';

export type SimulatorOptions = {
  /** Two simulators with one seed, clock and commands are the same. */
  readonly seed: string;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** What client secrets and refresh tokens are derived from; nothing of them is stored. */
  readonly grantKey: string;
  /** Markets trade at every hour, for a demonstration at night. */
  readonly alwaysOpen: boolean;
  /** What `snapshot()` of an earlier simulator with this seed gave: it continues from there. */
  readonly snapshot?: WireObject;
};

/** A brokerage of our own that speaks TastyTrade's wire: REST, OAuth, DXLink and the account streamer on one port. */
export type Simulator = {
  /** No trailing slash. */
  readonly restUrl: string;
  readonly streamerUrl: string;
  readonly control: SimulatorControl;
  /** Good for any id of lower-case letters, digits and dashes: a stranger's first login opens a fresh paper account. */
  grantFor(customerId: string): Grant;
  /** Plain JSON of all that was traded, moved and shifted. */
  snapshot(): WireObject;
  /** Ends every connection and timer. */
  close(): Promise<void>;
};

/** Resolves when it listens; rejects when it cannot, and with a RangeError on a snapshot that is none. */
export async function createSimulator(options: SimulatorOptions): Promise<Simulator> {
  const saved = options.snapshot === undefined ? undefined : readSnapshot(options.snapshot);
  const moves: MarketMove[] = [...(saved?.moves ?? [])];
  const world = createWorld(options, saved?.clockOffsetMs ?? 0);
  for (const move of moves) world.market.move(move);
  if (saved !== undefined) world.desk.restore(saved.desk);

  const wire = await serveWire({ world, host: options.host, port: options.port, moves });
  const authority = `${reachable(options.host)}:${wire.port}`;
  return {
    restUrl: `http://${authority}`,
    streamerUrl: `ws://${authority}`,
    control: wire.control,
    grantFor: world.grants.grantFor,
    snapshot: () => writeSnapshot({ clockOffsetMs: world.clock.offsetMs(), moves, desk: world.desk.snapshot() }),
    close: wire.close,
  };
}

function createWorld(options: SimulatorOptions, clockOffsetMs: number): World {
  const { seed, alwaysOpen, ids, log, grantKey } = options;
  const clock = createShiftedClock(options.clock, clockOffsetMs);
  const market = createMarket({ seed, alwaysOpen });
  const history = createHistory();
  return {
    market,
    desk: createDesk({ seed, market, clock, calendar: market.calendar }),
    clock,
    ids,
    log,
    grants: createGrants(grantKey),
    tokens: createAccessTokens({ key: grantKey, clock, ids }),
    quoteTokens: createQuoteTokens({ key: grantKey, clock, ids }),
    counters: createCounters({ clock, history }),
    history,
  };
}

/** An address to call, for one that listens everywhere. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
