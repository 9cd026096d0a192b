import type { Session } from './session.ts';
import { envelope } from './wire/envelope.ts';
import { wireQuoteToken } from './wire/quote-token.ts';
import type { CallOptions } from '../broker.ts';
import type { QuoteToken } from '../dxlink/feed-token.ts';

const tokenAnswer = envelope(wireQuoteToken);

/** Asks for what opens the feed: a secret, good for about a day, and the address it is good for. */
export function createQuoteTokens(session: Session): (options: CallOptions) => Promise<QuoteToken> {
  return (options) => session.read({ path: '/api-quote-tokens', endpoint: 'other' }, tokenAnswer, options);
}
