import type { EpochMs } from '../../../core/clock.ts';
import { compare, decimal, multiply, negate, sum, ZERO, type Decimal } from '../../../core/decimal.ts';
import type { MarketView } from '../accounts/holding.ts';
import type { Condition, PriceComponent } from '../orders/order.ts';

const ONE = decimal('1');

/** `last`: the last sale, else the mark. `nat`: what one would pay for it or get for it now. */
function priceOf(condition: Condition, component: PriceComponent, view: MarketView): Decimal | undefined {
  const contract = view.market.find(component.symbol, view.at);
  if (contract === undefined) return undefined;
  const quote = view.market.quote(contract, view.at);
  const natural = component.direction === 'Long' ? quote.ask : quote.bid;
  const price = condition.indicator === 'last' ? (quote.last ?? quote.mark) : natural;
  if (price === undefined) return undefined;
  const units = multiply(price, decimal(component.quantity));
  const value = multiply(units, condition.isNotional ? contract.multiplier : ONE);
  return component.direction === 'Long' ? value : negate(value);
}

function seenValue(condition: Condition, view: MarketView): Decimal | undefined {
  const own: PriceComponent = {
    symbol: condition.symbol,
    instrumentType: condition.instrumentType,
    quantity: 1,
    direction: 'Long',
  };
  const components = condition.components.length === 0 ? [own] : condition.components;
  const prices = components.map((component) => priceOf(condition, component, view));
  return prices.includes(undefined) ? undefined : sum(prices.map((price) => price ?? ZERO));
}

/** Notes the condition as met when it is; says whether it is now. */
export function meetCondition(condition: Condition, view: MarketView & { readonly at: EpochMs }): boolean {
  if (condition.triggeredAt !== undefined) return true;
  const value = seenValue(condition, view);
  if (value === undefined) return false;
  const distance = compare(value, condition.threshold);
  if (condition.comparator === 'gte' ? distance < 0 : distance > 0) return false;
  condition.triggeredAt = view.at;
  condition.triggeredValue = value;
  return true;
}
