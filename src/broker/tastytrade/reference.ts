import { route } from './route.ts';
import type { Session } from './session.ts';
import { envelope, listEnvelope } from './wire/envelope.ts';
import { wireHolidays, wireMarketSessions } from './wire/market-session.ts';
import { wireMetrics } from './wire/metrics.ts';
import { wireSymbolMatch } from './wire/symbol-match.ts';
import type { ReferenceOperations } from '../broker.ts';
import type { MarketMetrics } from '../model/reference.ts';
import { GatewayError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';

const METRICS_PER_CALL = 50;

const metricsAnswer = listEnvelope(wireMetrics);
const sessionsAnswer = envelope(wireMarketSessions);
const holidaysAnswer = envelope(wireHolidays);
const searchAnswer = listEnvelope(wireSymbolMatch);

/** The broker answers a fragment that it cannot search for with one of these, instead of with an empty list. */
const UNUSABLE_FRAGMENT: ReadonlySet<unknown> = new Set([400, 404, 422]);
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['not_found', 'broker_refused']);

function chunks<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

function isUnusableFragment(error: unknown): boolean {
  if (!(error instanceof GatewayError) || !REFUSALS.has(error.code)) return false;
  return UNUSABLE_FRAGMENT.has(error.details?.['brokerStatus']);
}

export function createReferenceOperations(session: Session): ReferenceOperations {
  return {
    async metrics(symbols, options) {
      const found: MarketMetrics[] = [];
      for (const some of chunks([...new Set(symbols)], METRICS_PER_CALL)) {
        const call = { path: '/market-metrics', query: { symbols: some.join(',') }, endpoint: 'other' } as const;
        found.push(...(await session.read(call, metricsAnswer, options)));
      }
      return found;
    },

    async sessions(markets, options) {
      if (markets.length === 0) return [];
      const query = { 'instrument-collections': markets };
      const call = { path: '/market-time/sessions/current', query, endpoint: 'other' } as const;
      const sessions = await session.read(call, sessionsAnswer, options);
      return sessions.filter((one) => markets.includes(one.market));
    },

    holidays: (market, options) => {
      const path =
        market === 'Equity' ? '/market-time/equities/holidays' : route`/market-time/futures/holidays/${market}`;
      return session.read({ path, endpoint: 'other' }, holidaysAnswer, options);
    },

    async search(phrase, options) {
      const path = route`/symbols/search/${phrase.trim()}`;
      try {
        return await session.read({ path, endpoint: 'other' }, searchAnswer, options);
      } catch (error) {
        if (isUnusableFragment(error)) return [];
        throw error;
      }
    },
  };
}
