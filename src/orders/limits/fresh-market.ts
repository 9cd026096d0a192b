import { MAX_QUOTE_AGE_MS } from '../pricing/net-market.ts';
import type { NetMarket } from '../pricing/net-market.ts';
import type { PricedTicket, Readable } from './order-facts.ts';

/** The market of a part, if it is fresh and of just these legs. */
export function freshMarket({ ticket, market }: PricedTicket): Readable<NetMarket> {
  if (market.kind === 'unreadable') return market;
  const { quotes, ageMs } = market.value;
  // A negated comparison, so that an age that is no number is not fresh.
  if (!(ageMs <= MAX_QUOTE_AGE_MS)) return { kind: 'unreadable', why: 'The quotes are stale.' };
  const isOfLegs =
    quotes.length === ticket.legs.length && quotes.every(({ action }, at) => action === ticket.legs[at]?.action);
  return isOfLegs ? market : { kind: 'unreadable', why: 'The quotes are not those of the legs.' };
}
