import { isZero } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { requirePrice } from '../ticket/limit-price.ts';
import { nextTick, stepsOf } from '../ticket/tick.ts';
import type { StepAt } from '../ticket/tick.ts';
import type { Ticket } from '../ticket/ticket.ts';
import { readNetMarket, unusable } from './net-market.ts';
import type { NetMarket } from './net-market.ts';

/** A price found by us, and the market it was found in. */
export type AutoPrice = { readonly price: Decimal; readonly step: Decimal; readonly market: NetMarket };

/**
 * The net mid of a ticket on the next price step to the passive side. Throws `quote_unavailable` with the reason when a market is
 * closed or a quote missing, one-sided, crossed or stale.
 */
export async function autoPrice(ticket: Ticket, context: TenantContext): Promise<AutoPrice> {
  const stepAt = stepsOf(ticket);
  const [, market] = await Promise.all([requireOpenMarket(ticket, context), readNetMarket(ticket, context)]);
  return priceFrom(market, stepAt);
}

/** Pure: the price in this market. */
export function priceFrom(market: NetMarket, stepAt: StepAt): AutoPrice {
  const { mid, quotes } = market;
  // Signed as we sign, up is the passive side of both: a smaller debit, a larger credit.
  const price = nextTick(mid, stepAt, 'up');
  if (isZero(price)) throw unusable(`The net mid of ${mid} rounds to zero at price steps of ${stepAt(mid)}.`);
  requirePrice(
    price,
    quotes.map((quote) => quote.action),
    stepAt,
  );
  return { price, step: stepAt(price), market };
}

async function requireOpenMarket({ legs }: Ticket, { broker, signal }: TenantContext): Promise<void> {
  if (!legs.every(({ instrument }) => instrument.type.startsWith('Equity'))) return;
  const sessions = await broker.reference.sessions(['Equity'], { signal });
  const state = sessions.find((session) => session.market === 'Equity')?.state;
  if (state !== 'Open')
    throw unusable(`The equity market is ${state ?? 'in an unknown state'}, so its quotes may be old.`);
}
