import type { Reading } from '../broker/broker.ts';
import { isBuy } from '../broker/model/order.ts';
import type { LegAction } from '../broker/model/order.ts';
import { add, compare, decimal, divide, isZero, multiply, negate, sum } from '../core/decimal.ts';
import type { Decimal } from '../core/decimal.ts';
import { GatewayError } from '../core/errors.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { requirePrice } from './limit-price.ts';
import { nextTick, stepsOf } from './tick.ts';
import type { StepAt } from './tick.ts';
import type { Ticket, TicketLeg } from './ticket.ts';

const TWO = decimal(2);
const READ_MS = 8000;
/** A quote that the feed has not stood behind for this long is no ground for a price. */
const MAX_QUOTE_AGE_MS = 15_000;
const SUPPLY_A_PRICE = 'Give the price yourself: per unit, negative for a debit, positive for a credit.';

export type LegQuote = {
  readonly action: LegAction;
  readonly ratio: Decimal;
  readonly bid: Decimal;
  readonly ask: Decimal;
};

/** A price found by us and the market it was found in: all net, per unit of the leg ratio, credit positive. */
export type AutoPrice = {
  readonly price: Decimal;
  readonly mid: Decimal;
  /** What could be had at once: buying at the asks, selling at the bids. */
  readonly natural: Decimal;
  readonly step: Decimal;
};

/**
 * The net mid of a ticket on the next price step to the passive side. Throws `quote_unavailable` with the reason when a market is
 * closed or a quote missing, one-sided, crossed or stale.
 */
export async function autoPrice(ticket: Ticket, context: TenantContext): Promise<AutoPrice> {
  const stepAt = stepsOf(ticket);
  const [, readings] = await Promise.all([requireOpenMarket(ticket, context), readQuotes(ticket, context)]);
  const quotes = ticket.legs.map((leg, at) => usableQuote(leg, readings[at]));
  return priceFrom(quotes, stepAt);
}

/** Pure: the price for these quotes. A k-lot has the price of a 1-lot, since `ratio` is per unit. */
export function priceFrom(quotes: readonly LegQuote[], stepAt: StepAt): AutoPrice {
  const mid = net(quotes, ({ bid, ask }) => divide(add(bid, ask), TWO));
  const natural = net(quotes, ({ action, bid, ask }) => (isBuy(action) ? ask : bid));
  // Signed as we sign, up is the passive side of both: a smaller debit, a larger credit.
  const price = nextTick(mid, stepAt, 'up');
  if (isZero(price)) throw unusable(`The net mid of ${mid} rounds to zero at price steps of ${stepAt(mid)}.`);
  requirePrice(
    price,
    quotes.map((quote) => quote.action),
    stepAt,
  );
  return { price, mid, natural, step: stepAt(price) };
}

function net(quotes: readonly LegQuote[], valueOf: (quote: LegQuote) => Decimal): Decimal {
  return sum(
    quotes.map((quote) => {
      const value = multiply(valueOf(quote), quote.ratio);
      return isBuy(quote.action) ? negate(value) : value;
    }),
  );
}

async function requireOpenMarket({ legs }: Ticket, { broker, signal }: TenantContext): Promise<void> {
  if (!legs.every(({ instrument }) => instrument.type.startsWith('Equity'))) return;
  const sessions = await broker.reference.sessions(['Equity'], { signal });
  const state = sessions.find((session) => session.market === 'Equity')?.state;
  if (state !== 'Open')
    throw unusable(`The equity market is ${state ?? 'in an unknown state'}, so its quotes may be old.`);
}

async function readQuotes({ legs }: Ticket, { broker, signal }: TenantContext): Promise<readonly Reading<'Quote'>[]> {
  const wanted = legs.map(({ instrument: { symbol, streamerSymbol } }) => {
    if (streamerSymbol === undefined) throw unusable(`The market data feed does not carry ${symbol}.`);
    return { symbol: streamerSymbol, kind: 'Quote' as const };
  });
  return broker.marketData.read(wanted, { signal, timeoutMs: READ_MS, maxAgeMs: MAX_QUOTE_AGE_MS });
}

function usableQuote({ instrument, action, ratio }: TicketLeg, reading: Reading<'Quote'> | undefined): LegQuote {
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
  return { action, ratio, bid, ask };
}

function unusable(reason: string): GatewayError {
  return new GatewayError('quote_unavailable', `No price could be found. ${reason}`, { advice: SUPPLY_A_PRICE });
}
