import type { Reading } from '../../broker/broker.ts';
import { isBuy } from '../../broker/model/order.ts';
import type { LegAction } from '../../broker/model/order.ts';
import { add, compare, decimal, divide, isZero, multiply, negate, sum } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { Ticket, TicketLeg } from '../ticket/ticket.ts';

const TWO = decimal(2);
const READ_MS = 8000;
/** A quote that the feed has not stood behind for this long is no ground for a price. */
export const MAX_QUOTE_AGE_MS = 15_000;

export type LegQuote = {
  readonly action: LegAction;
  readonly ratio: Decimal;
  readonly bid: Decimal;
  readonly ask: Decimal;
};

/** The market of a whole ticket, from fresh quotes of all its legs: net, per unit of the leg ratio, credit positive. */
export type NetMarket = {
  readonly quotes: readonly LegQuote[];
  readonly mid: Decimal;
  /** What could be had at once: buying at the asks, selling at the bids. */
  readonly natural: Decimal;
  /** The other side: what would be had at once by whoever trades against it. */
  readonly opposite: Decimal;
  /** Of the oldest quote, since the feed last stood behind it. */
  readonly ageMs: number;
};

/** Throws `quote_unavailable` with the reason when a quote is missing, one-sided, crossed or stale. */
export async function readNetMarket({ legs }: Pick<Ticket, 'legs'>, context: TenantContext): Promise<NetMarket> {
  const readings = await readQuotes(legs, context);
  const usable = legs.map((leg, at) => usableQuote(leg, readings[at]));
  const ageMs = Math.max(...usable.map((one) => one.ageMs));
  return netMarket(
    usable.map((one) => one.quote),
    ageMs,
  );
}

/** Pure: a k-lot has the market of a 1-lot, since `ratio` is per unit. */
export function netMarket(quotes: readonly LegQuote[], ageMs: number): NetMarket {
  return {
    quotes,
    mid: net(quotes, ({ bid, ask }) => divide(add(bid, ask), TWO)),
    natural: net(quotes, ({ action, bid, ask }) => (isBuy(action) ? ask : bid)),
    opposite: net(quotes, ({ action, bid, ask }) => (isBuy(action) ? bid : ask)),
    ageMs,
  };
}

function net(quotes: readonly LegQuote[], valueOf: (quote: LegQuote) => Decimal): Decimal {
  return sum(
    quotes.map((quote) => {
      const value = multiply(valueOf(quote), quote.ratio);
      return isBuy(quote.action) ? negate(value) : value;
    }),
  );
}

async function readQuotes(
  legs: readonly TicketLeg[],
  { broker, signal }: TenantContext,
): Promise<readonly Reading<'Quote'>[]> {
  const wanted = legs.map(({ instrument: { symbol, streamerSymbol } }) => {
    if (streamerSymbol === undefined) throw unusable(`The market data feed does not carry ${symbol}.`);
    return { symbol: streamerSymbol, kind: 'Quote' as const };
  });
  return broker.marketData.read(wanted, { signal, timeoutMs: READ_MS, maxAgeMs: MAX_QUOTE_AGE_MS });
}

function usableQuote(
  { instrument, action, ratio }: TicketLeg,
  reading: Reading<'Quote'> | undefined,
): { quote: LegQuote; ageMs: number } {
  const { symbol } = instrument;
  if (reading?.kind !== 'value') throw unusable(`No quote of ${symbol} came in time.`);
  const { bid, ask } = reading.event;
  if (reading.confirmedAgeMs === undefined || reading.confirmedAgeMs > MAX_QUOTE_AGE_MS) {
    throw unusable(`The quote of ${symbol} is stale.`);
  }
  if (bid === undefined || ask === undefined || isZero(bid) || isZero(ask)) {
    throw unusable(`The quote of ${symbol} is one-sided: bid ${bid ?? 'none'}, ask ${ask ?? 'none'}.`);
  }
  if (compare(bid, ask) > 0) throw unusable(`The quote of ${symbol} is crossed: bid ${bid} above ask ${ask}.`);
  return { quote: { action, ratio, bid, ask }, ageMs: reading.confirmedAgeMs };
}

export function unusable(reason: string): GatewayError {
  return new GatewayError('quote_unavailable', `No price could be found. ${reason}`, {
    advice: 'Give the price yourself: per unit, negative for a debit, positive for a credit.',
  });
}
