import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import type { Counters } from './counters.ts';
import type { Desk } from './engine/desk.ts';
import type { Market } from './engine/market.ts';
import type { Grants } from './grants.ts';
import type { History } from './history.ts';
import type { AccessTokens } from './oauth/access-tokens.ts';
import type { QuoteTokens } from './quote-tokens.ts';
import type { ShiftedClock } from './shifted-clock.ts';

/** All that the wire stands on: one market, one desk, one present, and who may speak to them. */
export type World = {
  readonly market: Market;
  readonly desk: Desk;
  readonly clock: ShiftedClock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly grants: Grants;
  readonly tokens: AccessTokens;
  readonly quoteTokens: QuoteTokens;
  readonly counters: Counters;
  readonly history: History;
};
