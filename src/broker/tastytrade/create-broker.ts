import { createAccountOperations } from './accounts.ts';
import { createChainSource } from './chains.ts';
import { createHistoryOperations } from './history.ts';
import { createHttp } from './http.ts';
import { createInstrumentOperations } from './instruments.ts';
import { createListings } from './listings.ts';
import { createOrderOperations } from './orders.ts';
import { createQuoteTokens } from './quote-token.ts';
import { createReferenceOperations } from './reference.ts';
import { createSession } from './session.ts';
import { createWatchlistOperations } from './watchlists.ts';
import type { Broker } from '../broker.ts';
import { createMarketData } from '../quotes/create-market-data.ts';
import type { Upstream } from '../upstream.ts';

/** The broker behind its REST interface and its feed, for one tenant. Opens nothing before the first call. */
export function createTastytradeBroker(upstream: Upstream): Broker {
  const { clock, ids, log, observer } = upstream;
  const http = createHttp(upstream);
  const session = createSession(upstream, http);
  const listings = createListings(session, clock);
  const chains = createChainSource(session, upstream.chains);
  const marketData = createMarketData({ quoteToken: createQuoteTokens(session), clock, ids, log, observer });
  let closing: Promise<void> | undefined;
  return {
    environment: upstream.environment,
    accounts: createAccountOperations(session, clock),
    history: createHistoryOperations(session),
    instruments: createInstrumentOperations({ session, listings, chains }),
    marketData,
    orders: createOrderOperations(session),
    reference: createReferenceOperations(session),
    watchlists: createWatchlistOperations(session),
    close() {
      session.close();
      closing ??= Promise.all([marketData.close(), http.close()]).then(() => undefined);
      return closing;
    },
  };
}
