import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { IdSource } from '../../src/core/ids.ts';
import type { Log, LogFields } from '../../src/core/log.ts';
import type { MarketEventKind } from '../../src/broker/model/quote.ts';
import { streamerSymbol } from '../../src/broker/model/symbol.ts';
import type { CallOptions, Wanted } from '../../src/broker/broker.ts';
import type { QuoteToken } from '../../src/broker/dxlink/feed-token.ts';
import { createMarketData } from '../../src/broker/quotes/create-market-data.ts';
import type { MarketData } from '../../src/broker/quotes/create-market-data.ts';
import type { UpstreamObserver } from '../../src/broker/upstream.ts';
import { createManualClock } from './manual-clock.ts';
import type { ManualClock } from './manual-clock.ts';
import { memorySockets } from './dxlink-memory-socket.ts';
import type { MemorySockets } from './dxlink-memory-socket.ts';
import { DxLinkPeer } from './dxlink-peer.ts';
import { silentObserver } from './upstream.ts';

export type Told = { readonly level: string; readonly fields: LogFields; readonly message: string };

/** What the broker answers when it is asked for a quote token. */
export type TokenDesk = {
  calls: number;
  answer: (options: CallOptions) => Promise<QuoteToken>;
};

export type DxLinkBench = {
  readonly market: MarketData;
  readonly peer: DxLinkPeer;
  readonly sockets: MemorySockets;
  readonly clock: ManualClock;
  readonly tokens: TokenDesk;
  readonly told: Told[];
  readonly seen: { readonly sockets: string[]; events: number };
  /** What `ids.fraction()` gives: how much of each back-off is waited for. */
  readonly jitter: { fraction: number };
};

/** Market data of one tenant, with a scripted server in memory and time standing still. */
export function createDxLinkBench(options: { lingerMs?: number; idleCloseMs?: number } = {}): DxLinkBench {
  const clock = createManualClock();
  const peer = new DxLinkPeer();
  const sockets = memorySockets(peer);
  const told: Told[] = [];
  const seen = { sockets: [] as string[], events: 0 };
  const jitter = { fraction: 0.5 };
  const tokens: TokenDesk = {
    calls: 0,
    answer: async () => ({ token: `token-${tokens.calls}`, url: 'wss://feed.invalid/realtime' }),
  };
  const market = createMarketData({
    quoteToken: async (call) => {
      tokens.calls += 1;
      return tokens.answer(call);
    },
    clock,
    ids: idsWith(jitter),
    log: recordingLog(told),
    observer: recordingObserver(seen),
    openSocket: sockets.openSocket,
    ...options,
  });
  return { market, peer, sockets, clock, tokens, told, seen, jitter };
}

export function want<Kind extends MarketEventKind>(kind: Kind, ...symbols: readonly string[]): Wanted<Kind>[] {
  return symbols.map((symbol) => ({ kind, symbol: streamerSymbol(symbol) }));
}

/** Lets everything happen that needs no time to pass. */
export async function settle(clock: ManualClock): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await clock.advance(0);
    await eventLoopTurn();
  }
}

function idsWith(jitter: { fraction: number }): IdSource {
  return { uuid: () => '00000000-0000-4000-8000-000000000000', secret: () => 'fixed', fraction: () => jitter.fraction };
}

export function recordingLog(told: Told[]): Log {
  const at =
    (level: string) =>
    (fields: LogFields, message: string): void =>
      void told.push({ level, fields, message });
  const log: Log = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: () => log,
  };
  return log;
}

function recordingObserver(seen: { sockets: string[]; events: number }): UpstreamObserver {
  return {
    ...silentObserver,
    feedSocket: (change) => void seen.sockets.push(change),
    feedEvents: (count) => {
      seen.events += count;
    },
  };
}
