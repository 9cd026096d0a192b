import { compare, decimal, isZero, multiply, roundToStep, sum, ZERO, type Decimal } from '../../../core/decimal.ts';
import type { LegAction } from '../../../broker/model/order.ts';
import type { Fees } from '../accounts/book.ts';
import type { Contract } from '../market.ts';

/** What the breakdown of a fee calculation names. All positive: nobody here pays rebates. */
export type FeeParts = {
  readonly brokerage: Decimal;
  readonly clearing: Decimal;
  readonly exchange: Decimal;
  readonly nfa: Decimal;
  readonly orf: Decimal;
  readonly sec: Decimal;
  readonly taf: Decimal;
  readonly proprietary: Decimal;
};

export type Charged = {
  readonly contract: Contract;
  readonly action: LegAction;
  readonly quantity: Decimal;
  /** Unsigned dollars that changed hands. */
  readonly notional: Decimal;
};

const d = decimal;
const CENT = d('0.01');
const RATES = {
  equityClearing: d('0.001'),
  equityTaf: d('0.000166'),
  secPerDollar: d('0.0000206'),
  optionCommission: d('1'),
  optionCommissionCap: d('10'),
  optionClearing: d('0.1'),
  optionOrf: d('0.02'),
  optionTaf: d('0.00279'),
  indexProprietary: d('0.6'),
  futureCommission: d('1'),
  futureOptionCommission: d('2.5'),
  futureClearing: d('0.3'),
  futureExchange: d('1.38'),
  futureOptionExchange: d('0.65'),
  futureNfa: d('0.02'),
  cryptoCommission: d('0.01'),
  cryptoCommissionCap: d('10'),
} as const;

const NOTHING: FeeParts = {
  brokerage: ZERO,
  clearing: ZERO,
  exchange: ZERO,
  nfa: ZERO,
  orf: ZERO,
  sec: ZERO,
  taf: ZERO,
  proprietary: ZERO,
};

const capped = (value: Decimal, cap: Decimal): Decimal => (compare(value, cap) > 0 ? cap : value);
const isSale = (action: LegAction): boolean => action.startsWith('Sell');
const opens = (action: LegAction): boolean => action.endsWith('Open');

/** The SEC's fee on sales, rounded up to the cent as brokers pass it on. */
const secFee = (charged: Charged): Decimal =>
  isSale(charged.action) ? roundToStep(multiply(charged.notional, RATES.secPerDollar), CENT, 'up') : ZERO;

function equityFees(charged: Charged): FeeParts {
  const taf = isSale(charged.action) ? multiply(charged.quantity, RATES.equityTaf) : ZERO;
  return { ...NOTHING, clearing: multiply(charged.quantity, RATES.equityClearing), sec: secFee(charged), taf };
}

function optionFees(charged: Charged): FeeParts {
  const { quantity, action, contract } = charged;
  const commission = opens(action)
    ? capped(multiply(quantity, RATES.optionCommission), RATES.optionCommissionCap)
    : ZERO;
  return {
    ...NOTHING,
    brokerage: commission,
    clearing: multiply(quantity, RATES.optionClearing),
    orf: multiply(quantity, RATES.optionOrf),
    sec: secFee(charged),
    taf: isSale(action) ? multiply(quantity, RATES.optionTaf) : ZERO,
    proprietary: contract.listing.kind === 'index' ? multiply(quantity, RATES.indexProprietary) : ZERO,
  };
}

function futureFees(charged: Charged): FeeParts {
  const { quantity, contract, action } = charged;
  const isOption = contract.instrumentType === 'Future Option';
  const optionCommission = opens(action) ? RATES.futureOptionCommission : ZERO;
  return {
    ...NOTHING,
    brokerage: multiply(quantity, isOption ? optionCommission : RATES.futureCommission),
    clearing: multiply(quantity, RATES.futureClearing),
    exchange: multiply(quantity, isOption ? RATES.futureOptionExchange : RATES.futureExchange),
    nfa: multiply(quantity, RATES.futureNfa),
  };
}

/** What a quantity of one leg costs in fees. Caps and roundings are per leg: charge fills by differences of totals. */
export function feesOf(charged: Charged): FeeParts {
  if (isZero(charged.quantity)) return NOTHING;
  switch (charged.contract.instrumentType) {
    case 'Equity':
      return equityFees(charged);
    case 'Equity Option':
      return optionFees(charged);
    case 'Future':
    case 'Future Option':
      return futureFees(charged);
    case 'Cryptocurrency':
      return {
        ...NOTHING,
        brokerage: capped(multiply(charged.notional, RATES.cryptoCommission), RATES.cryptoCommissionCap),
      };
    case 'Index':
      return NOTHING;
  }
}

/** The four sums that a transaction shows. */
export const feeSums = (parts: FeeParts): Fees => ({
  commission: parts.brokerage,
  clearing: parts.clearing,
  regulatory: sum([parts.exchange, parts.nfa, parts.orf, parts.sec, parts.taf]),
  proprietary: parts.proprietary,
});

export function addFees(all: readonly FeeParts[]): FeeParts {
  const total = (part: keyof FeeParts): Decimal => sum(all.map((parts) => parts[part]));
  return {
    brokerage: total('brokerage'),
    clearing: total('clearing'),
    exchange: total('exchange'),
    nfa: total('nfa'),
    orf: total('orf'),
    sec: total('sec'),
    taf: total('taf'),
    proprietary: total('proprietary'),
  };
}
