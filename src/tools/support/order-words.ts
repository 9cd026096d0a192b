import type { PricedTicket } from '../../orders/limits/order-facts.ts';
import { legWords } from '../../orders/preview/leg-words.ts';

/** The price and terms of an order in words: `Limit at -12.35 (debit per unit), Day`. */
export function priceWords({ ticket, price }: Pick<PricedTicket, 'ticket' | 'price'>): string {
  const { orderType, timeInForce, goodUntil, stopTrigger, value } = ticket;
  const kind = price?.startsWith('-') === true ? 'debit' : 'credit';
  const terms = [
    price === undefined ? orderType : `${orderType} at ${price} (${kind} per unit)`,
    stopTrigger === undefined ? '' : `once the market reaches ${stopTrigger}`,
    value === undefined ? '' : `for ${value} dollars`,
  ].filter((part) => part !== '');
  return `${terms.join(' ')}, ${timeInForce}${goodUntil === undefined ? '' : ` until ${goodUntil}`}`;
}

/** All of an order in words, leg by leg and then its price; of several orders, one after the other. */
export function partsInWords(parts: readonly Pick<PricedTicket, 'ticket' | 'price'>[]): string[] {
  return parts.flatMap((part, at) => {
    const lines = [...part.ticket.legs.map((leg) => legWords(leg, part.ticket)), priceWords(part)];
    return parts.length === 1 ? lines : [`Order ${at + 1}: ${lines.join('; ')}`];
  });
}
