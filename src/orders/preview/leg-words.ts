import type { Instrument } from '../../broker/model/instrument.ts';
import { compare, decimal } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { Ticket, TicketLeg } from '../ticket/ticket.ts';

const ONE = decimal(1);

/** One leg as a person would say it: `Buy to open 2 SPY 2026-12-18 600 calls`, `Sell to close 100 shares of SPY`. */
export function legWords({ instrument, action, quantity }: TicketLeg, { value }: Pick<Ticket, 'value'>): string {
  const verb = action.charAt(0) + action.slice(1).toLowerCase();
  if (quantity !== undefined) return `${verb} ${quantity} ${thing(instrument, quantity)}`;
  return `${verb} ${instrument.symbol} for ${value === undefined ? 'an unknown amount' : `${value} dollars`}`;
}

function thing({ symbol, type, option }: Instrument, quantity: Decimal): string {
  const plural = compare(quantity, ONE) === 0 ? '' : 's';
  if (option !== undefined) {
    const { underlying, root, expiration, strike, side } = option;
    // A root of its own settles at another hour, or delivers something else.
    const name = root === underlying ? root : `${root} (on ${underlying})`;
    return `${name} ${expiration} ${strike} ${side === 'C' ? 'call' : 'put'}${plural}`;
  }
  if (type === 'Equity') return `share${plural} of ${symbol}`;
  if (type === 'Future') return `${symbol} future${plural}`;
  return type === 'Cryptocurrency' ? symbol : `${symbol} (${type})`;
}
