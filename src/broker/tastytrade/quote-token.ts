import type { Session } from './session.ts';
import { envelope } from './wire/envelope.ts';
import { wireQuoteToken } from './wire/quote-token.ts';
import type { CallOptions } from '../broker.ts';
import type { QuoteToken } from '../dxlink/feed-token.ts';
import { outOfFlow } from '../../core/call-flow.ts';

const tokenAnswer = envelope(wireQuoteToken);

/** Asks for what opens the feed: a secret, good for about a day, and the address it is good for. */
export function createQuoteTokens(session: Session): (options: CallOptions) => Promise<QuoteToken> {
  const call = { path: '/api-quote-tokens', endpoint: 'other' } as const;
  // The feed is nobody's call, whoever's happened to open it.
  return (options) => outOfFlow(() => session.read(call, tokenAnswer, options));
}
