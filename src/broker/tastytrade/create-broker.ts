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
import { createAccountStreamer } from '../account-streamer/create-account-streamer.ts';
import type { AccountStreamer } from '../account-streamer/create-account-streamer.ts';
import type { Broker } from '../broker.ts';
import { createMarketData } from '../quotes/create-market-data.ts';
import type { Upstream } from '../upstream.ts';

export type TastytradeBroker = Broker & { readonly accountStreamer: AccountStreamer };

/** The broker behind its REST interface, its feed and its account stream, for one tenant. Opens nothing before the first call. */
export function createTastytradeBroker(upstream: Upstream): TastytradeBroker {
  const { clock, ids, log, observer, shareFeed } = upstream;
  const http = createHttp(upstream);
  const session = createSession(upstream, http);
  const listings = createListings(session, clock);
  const chains = createChainSource(session, upstream.chains);
  const { tokens } = session;
  const accountStreamer = createAccountStreamer({ url: upstream.hosts.streamerUrl, tokens, clock, ids, log, observer });
  const marketData = createMarketData({
    quoteToken: createQuoteTokens(session),
    clock,
    ids,
    log,
    observer,
    ...(shareFeed === undefined ? {} : { shareFeed }),
  });
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
    accountStreamer,
    close() {
      session.close();
      closing ??= Promise.all([marketData.close(), accountStreamer.close(), http.close()]).then(() => undefined);
      return closing;
    },
  };
}
