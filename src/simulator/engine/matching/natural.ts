import {
  compare,
  decimal,
  isPositive,
  multiply,
  negate,
  roundToStep,
  divide,
  sum,
  type Decimal,
} from '../../../core/decimal.ts';
import { isBuy } from '../../../broker/model/order.ts';
import type { MarketView } from '../accounts/holding.ts';
import type { Contract } from '../market.ts';
import { legRatio, orderSize } from '../orders/order-size.ts';
import type { Leg, Order, TradedType } from '../orders/order.ts';

export type TradedContract = Contract & { readonly instrumentType: TradedType };

export type PricedLeg = {
  readonly leg: Leg;
  readonly contract: TradedContract;
  readonly ratio: Decimal;
  /** The side that the leg trades against: the ask when it buys, the bid when it sells. */
  readonly price: Decimal;
  readonly shown: Decimal;
};

export type Natural = {
  readonly legs: readonly PricedLeg[];
  /** Per unit of the leg ratio, signed: what one would receive now, negative when one pays. */
  readonly net: Decimal;
  /** How many units the displayed sizes are good for. */
  readonly units: Decimal;
};

const ONE = decimal('1');
const isTraded = (contract: Contract): contract is TradedContract => contract.instrumentType !== 'Index';

export function tradedContract(symbol: string, view: MarketView): TradedContract | undefined {
  const contract = view.market.find(symbol, view.at);
  return contract !== undefined && isTraded(contract) ? contract : undefined;
}

function pricedLeg(leg: Leg, ratio: Decimal, view: MarketView): PricedLeg | undefined {
  const contract = tradedContract(leg.symbol, view);
  if (contract === undefined) return undefined;
  const quote = view.market.quote(contract, view.at);
  const [price, shown] = isBuy(leg.action) ? [quote.ask, quote.askSize] : [quote.bid, quote.bidSize];
  if (price === undefined || !isPositive(price)) return undefined;
  return { leg, contract, ratio, price, shown };
}

const smallest = (values: readonly Decimal[]): Decimal => values.reduce((a, b) => (compare(a, b) <= 0 ? a : b));

const shownUnits = ({ contract, ratio, shown }: PricedLeg): Decimal =>
  contract.instrumentType === 'Cryptocurrency' ? divide(shown, ratio) : roundToStep(divide(shown, ratio), ONE, 'down');

const legCash = ({ leg, price, ratio }: Pick<PricedLeg, 'leg' | 'price' | 'ratio'>): Decimal =>
  isBuy(leg.action) ? negate(multiply(price, ratio)) : multiply(price, ratio);

/** The prices at which the legs would trade now, each against the other side of its own market; undefined when one has none. */
export function naturalOf(legs: readonly Leg[], view: MarketView): Natural | undefined {
  const size = orderSize(legs);
  const priced = legs.map((leg) => pricedLeg(leg, size === 0 ? ONE : legRatio(leg, size), view));
  const complete = priced.filter((leg) => leg !== undefined);
  if (complete.length === 0 || complete.length < legs.length) return undefined;
  return { legs: complete, net: sum(complete.map(legCash)), units: smallest(complete.map(shownUnits)) };
}

/** The order's own limit, signed like `Natural.net`. */
export function limitOf(order: Pick<Order, 'price' | 'priceEffect'>): Decimal | undefined {
  if (order.price === undefined) return undefined;
  return order.priceEffect === 'Credit' ? order.price : negate(order.price);
}
