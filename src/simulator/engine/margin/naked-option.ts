import { compare, decimal, divide, isPositive, multiply, subtract, ZERO, type Decimal } from '../../../core/decimal.ts';
import { markOf, underlyingMark, type Holding, type MarketView } from '../accounts/holding.ts';
import type { Contract } from '../market.ts';
import type { Profile } from '../world/profile.ts';
import { FUTURE_OPTION_FLOOR, FUTURE_RATE, ratesOf } from './rates.ts';

const TEN = decimal('10');
const TWO = decimal('2');
const max = (...values: Decimal[]): Decimal => values.reduce((a, b) => (compare(a, b) >= 0 ? a : b));
const positivePart = (value: Decimal): Decimal => (isPositive(value) ? value : ZERO);

/** Per contract, constant through the day. */
export function futureRequirement(contract: Contract, view: MarketView): Decimal {
  const close = view.market.day(contract, view.at).prevClose;
  const raw = multiply(multiply(close, contract.multiplier), FUTURE_RATE);
  return max(multiply(divide(raw, TEN, 0), TEN), TEN);
}

type Moneyness = {
  readonly underlying: Decimal;
  readonly strike: Decimal;
  readonly outOfTheMoney: Decimal;
  readonly isCall: boolean;
};

function moneynessOf(contract: Contract, view: MarketView): Moneyness {
  const underlying = underlyingMark(contract, view);
  const strike = contract.option?.strike ?? ZERO;
  const isCall = contract.option?.side === 'C';
  const distance = isCall ? subtract(strike, underlying) : subtract(underlying, strike);
  return { underlying, strike, outOfTheMoney: positivePart(distance), isCall };
}

/** Value of the option if it expired now, per contract. */
export function intrinsicValue(contract: Contract, view: MarketView): Decimal {
  const { underlying, strike, isCall } = moneynessOf(contract, view);
  return multiply(
    positivePart(isCall ? subtract(underlying, strike) : subtract(strike, underlying)),
    contract.multiplier,
  );
}

function equityRisk(contract: Contract, view: MarketView, profile: Profile): Decimal {
  const rates = ratesOf(profile);
  const { underlying, strike, outOfTheMoney, isCall } = moneynessOf(contract, view);
  const standard = subtract(multiply(rates.nakedStandard, underlying), outOfTheMoney);
  const minimum = multiply(rates.nakedMinimum, isCall ? underlying : strike);
  return max(multiply(max(standard, minimum), contract.multiplier), rates.nakedFloor);
}

function futureRisk(contract: Contract, view: MarketView): Decimal {
  const future = view.market.find(contract.underlying, view.at);
  if (future === undefined) return ZERO;
  const full = futureRequirement(future, view);
  const distance = multiply(moneynessOf(contract, view).outOfTheMoney, contract.multiplier);
  return max(subtract(full, divide(distance, TWO)), multiply(full, FUTURE_OPTION_FLOOR));
}

/** Per contract, without the premium: what an uncovered short option ties up beyond its own price. */
function nakedRisk(short: Holding, view: MarketView, profile: Profile): Decimal {
  return short.instrumentType === 'Future Option'
    ? futureRisk(short.contract, view)
    : equityRisk(short.contract, view, profile);
}

type NakedRequirement = { readonly risk: Decimal; readonly premium: Decimal };

/** A cash account secures a put with its whole strike, premium included. */
export function nakedRequirement(short: Holding, view: MarketView, profile: Profile): NakedRequirement {
  const premium = multiply(markOf(short.contract, view), short.contract.multiplier);
  const put = short.contract.option?.side === 'P';
  if (profile.kind === 'Cash' && put) {
    return { risk: multiply(short.contract.option?.strike ?? ZERO, short.contract.multiplier), premium: ZERO };
  }
  return { risk: nakedRisk(short, view, profile), premium };
}
