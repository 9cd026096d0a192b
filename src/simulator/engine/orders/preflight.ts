import { compare, decimal, isWhole, multiply, roundTo } from '../../../core/decimal.ts';
import { isBuy } from '../../../broker/model/order.ts';
import type { OrderTerms, TradedType } from './order.ts';
import { isOpening, type Candidate, type Desktop } from './candidate.ts';
import { positionRefusals } from './position-checks.ts';
import { isOnTick } from './price-increment.ts';
import { refusalRemark, type RefusalCode, type Remark } from './remark.ts';
import { ORDER_SIZE_LIMITS } from '../world/account-wire.ts';

type Check = (candidate: Candidate, desk: Desktop) => readonly (RefusalCode | false)[];

const LEG_CAPS: Record<TradedType, number> = {
  Equity: 1,
  Future: 1,
  Cryptocurrency: 1,
  'Equity Option': 4,
  'Future Option': 4,
};
const MINIMUM_NOTIONAL = decimal('5');
const FRACTION_PLACES = 5;
const TOO_CLOSE_MS = 10 * 60_000;
const MARKET_LIKE: ReadonlySet<string> = new Set(['Market', 'Notional Market']);
const PRICELESS: ReadonlySet<string> = new Set(['Market', 'Marketable Limit', 'Stop', 'Notional Market']);

const lasts = (terms: OrderTerms): boolean => terms.timeInForce.startsWith('GT');
const isExtended = (terms: OrderTerms): boolean => terms.timeInForce.includes('Ext');
const isSingle = (candidate: Candidate): boolean => candidate.legs.length === 1;

const legs: Check = ({ legs: all, contracts, terms }) => {
  const caps = Math.min(...contracts.map((contract) => LEG_CAPS[contract.instrumentType]));
  return [
    all.length > caps && 'too_many_legs',
    new Set(all.map((leg) => leg.symbol)).size < all.length && 'duplicate_leg_symbols',
    new Set(contracts.map((contract) => contract.listing.symbol)).size > 1 && 'mixed_underlyings',
    all.length > 1 && (MARKET_LIKE.has(terms.orderType) || terms.stopTrigger !== undefined) && 'single_leg_required',
  ];
};

const price: Check = ({ legs: all, contracts, terms }) => {
  const buysOnly = all.every((leg) => isBuy(leg.action));
  const sellsOnly = all.every((leg) => !isBuy(leg.action));
  const wrongEffect = (effect: string | undefined): boolean =>
    (buysOnly && effect === 'Credit') || (sellsOnly && effect === 'Debit');
  return [
    PRICELESS.has(terms.orderType) && terms.price !== undefined && 'order_must_omit_price',
    (wrongEffect(terms.priceEffect) || wrongEffect(terms.valueEffect)) && 'cant_buy_for_credit',
    terms.price !== undefined &&
      !PRICELESS.has(terms.orderType) &&
      !isOnTick(contracts, terms.price) &&
      'invalid_price_increment',
    terms.stopTrigger !== undefined && !isOnTick(contracts, terms.stopTrigger) && 'invalid_price_increment',
  ];
};

const fractions: Check = (candidate, { floor, at }) => {
  const { legs: all, contracts, terms } = candidate;
  const leg = all[0];
  const contract = contracts[0];
  if (leg === undefined || !isSingle(candidate)) return [];
  const isEquity = contract.instrumentType === 'Equity';
  const isFraction = !isWhole(leg.quantity);
  if (terms.value !== undefined) {
    const eligible = isEquity || contract.instrumentType === 'Cryptocurrency';
    return [
      !eligible && 'fractional_not_supported',
      compare(terms.value, MINIMUM_NOTIONAL) < 0 && 'below_notional_value_minimum',
    ];
  }
  if (!isFraction || !isEquity) return [];
  const worth = multiply(leg.quantity, floor.market.quote(contract, at).mark);
  return [
    terms.orderType !== 'Market' && 'fractional_market_orders_only',
    roundTo(leg.quantity, FRACTION_PLACES) !== leg.quantity && 'fractional_equity_invalid_fractional_precision',
    compare(worth, MINIMUM_NOTIONAL) < 0 && 'below_notional_value_minimum',
  ];
};

/** A market order can only be for now: neither lasting nor, when it opens something, for a closed market. */
const marketTime: Check = ({ legs: all, contracts, terms, isContingent }, { floor, at }) => {
  if (!MARKET_LIKE.has(terms.orderType)) return [];
  if (lasts(terms)) return ['gtc_market_orders_not_supported'];
  const isOpen = floor.hours.isOpen({ type: contracts[0].instrumentType, timeInForce: 'Day' }, at);
  if (isExtended(terms)) return [isOpen ? 'tif_market_orders_not_supported' : 'tif_no_after_hours_market_orders'];
  const opens = all.some((leg) => isOpening(leg.action));
  return [!isOpen && opens && !isContingent && 'tif_no_after_hours_opening_market_orders'];
};

/** Extended hours are for single stocks, and orders for them are taken only while they run. */
const extendedTime: Check = (candidate, { floor, at }) => {
  const { contracts, terms } = candidate;
  const type = contracts[0].instrumentType;
  if (!isExtended(terms)) return [];
  if (type !== 'Equity' || !isSingle(candidate)) return ['tif_not_supported'];
  const isOpen = floor.hours.isOpen({ type, timeInForce: terms.timeInForce }, at);
  return [!isOpen && !lasts(terms) && !MARKET_LIKE.has(terms.orderType) && 'tif_no_after_hours_orders'];
};

const stopTime: Check = ({ terms, asksToOpen }) => [
  terms.orderType === 'Stop' && lasts(terms) && asksToOpen && 'tif_not_supported',
];

const instruments: Check = ({ legs: all, contracts }, { book, at }) => {
  const { isFuturesEnabled, isCryptoEnabled } = book.profile;
  const types = contracts.map((contract) => contract.instrumentType);
  const soon = contracts.some((contract, index) => {
    const leg = all[index];
    return (
      contract.expiresAt !== undefined &&
      leg !== undefined &&
      isOpening(leg.action) &&
      contract.expiresAt - at < TOO_CLOSE_MS
    );
  });
  const oversized = all.some((leg) => compare(leg.quantity, ORDER_SIZE_LIMITS[leg.instrumentType]) > 0);
  return [
    !isFuturesEnabled && types.some((type) => type.startsWith('Future')) && 'futures_not_enabled',
    !isCryptoEnabled && types.includes('Cryptocurrency') && 'cryptocurrency_not_enabled',
    soon && 'too_close_to_expiration',
    oversized && 'order_size_limit_exceeded',
  ];
};

const CHECKS: readonly Check[] = [
  legs,
  price,
  fractions,
  marketTime,
  extendedTime,
  stopTime,
  instruments,
  positionRefusals,
];

/** All that speaks against the order before its margin is computed, each code once. */
export function preflightRefusals(candidate: Candidate, desk: Desktop): Remark[] {
  const codes = CHECKS.flatMap((check) => check(candidate, desk)).filter((code) => code !== false);
  return [...new Set(codes)].map(refusalRemark);
}
