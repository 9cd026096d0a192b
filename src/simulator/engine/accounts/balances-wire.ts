import type { EpochMs } from '../../../core/clock.ts';
import {
  decimal,
  isNegative,
  multiply,
  negate,
  roundTo,
  subtract,
  sum,
  ZERO,
  type Decimal,
} from '../../../core/decimal.ts';
import { decimalText, offsetTime } from '../../wire-text.ts';
import type { WireObject } from '../desk.ts';
import type { TradedType } from '../orders/order.ts';
import { tradingDay } from '../world/trading-day.ts';
import { lesser, negativePart, positivePart, type Funds } from './funds.ts';
import { valueOf } from './holding.ts';

const PLACES = 6;
const TWO = decimal('2');
const FOUR = decimal('4');
const text = (value: Decimal): string => decimalText(roundTo(value, PLACES));
const NOTHING = '0.0';

type Side = 'long' | 'short';

function valueByType(funds: Funds, type: TradedType, side: Side): Decimal {
  const of = funds.holdings.filter(
    (holding) => holding.instrumentType === type && isNegative(holding.quantity) === (side === 'short'),
  );
  const total = sum(of.map(valueOf));
  return side === 'short' ? negate(total) : total;
}

function values(funds: Funds): WireObject {
  const of = (type: TradedType, side: Side): string => text(valueByType(funds, type, side));
  const openGain = subtract(valueByType(funds, 'Future', 'long'), valueByType(funds, 'Future', 'short'));
  return {
    'long-bond-value': NOTHING,
    'long-cryptocurrency-value': of('Cryptocurrency', 'long'),
    'long-derivative-value': of('Equity Option', 'long'),
    'long-equity-value': of('Equity', 'long'),
    'long-fixed-income-security-value': NOTHING,
    'long-futures-derivative-value': of('Future Option', 'long'),
    'long-futures-value': text(positivePart(openGain)),
    'long-margineable-value': funds.profile.kind === 'Margin' ? of('Equity', 'long') : NOTHING,
    'short-cryptocurrency-value': of('Cryptocurrency', 'short'),
    'short-derivative-value': of('Equity Option', 'short'),
    'short-equity-value': of('Equity', 'short'),
    'short-futures-derivative-value': of('Future Option', 'short'),
    'short-futures-value': text(negativePart(openGain)),
    'short-margineable-value': funds.profile.kind === 'Margin' ? of('Equity', 'short') : NOTHING,
  };
}

function requirements(funds: Funds): WireObject {
  const of = (type: string): Decimal =>
    sum(
      funds.requirements
        .filter((requirement) => requirement.underlyingType === type)
        .map((requirement) => requirement.initial),
    );
  const futures = text(of('Future'));
  return {
    'bond-margin-requirement': NOTHING,
    'cryptocurrency-margin-requirement': text(of('Cryptocurrency')),
    'equity-offering-margin-requirement': NOTHING,
    'fixed-income-security-margin-requirement': NOTHING,
    'futures-margin-requirement': futures,
    'futures-intraday-margin-requirement': futures,
    'futures-overnight-margin-requirement': futures,
    'maintenance-requirement': text(funds.maintenance),
    'maintenance-excess': text(subtract(funds.marginEquity, funds.maintenance)),
    'reg-t-margin-requirement': text(funds.initial),
  };
}

function buyingPowers(funds: Funds): WireObject {
  const isMargin = funds.profile.kind === 'Margin';
  const power = funds.buyingPower;
  const withdrawable = roundTo(positivePart(lesser(funds.cash, power)), 2);
  return {
    'available-trading-funds': text(positivePart(power)),
    'cash-available-to-withdraw': text(withdrawable),
    'closed-loop-available-balance': text(withdrawable),
    'day-trade-excess': text(power),
    'day-trading-buying-power': isMargin ? text(multiply(positivePart(power), FOUR)) : NOTHING,
    'derivative-buying-power': text(power),
    'effective-cryptocurrency-buying-power': text(funds.profile.isCryptoEnabled ? withdrawable : ZERO),
    'equity-buying-power': text(isMargin ? multiply(power, TWO) : power),
    'used-derivative-buying-power': text(sum([funds.initial, funds.reserved])),
  };
}

function cash(funds: Funds): WireObject {
  const isMargin = funds.profile.kind === 'Margin';
  return {
    'cash-balance': text(funds.cash),
    'cash-settle-balance': isMargin ? NOTHING : text(funds.cash),
    'margin-settle-balance': isMargin ? text(funds.cash) : NOTHING,
    'total-settle-balance': text(funds.cash),
    'margin-equity': text(funds.marginEquity),
    'net-liquidating-value': text(funds.netLiq),
    'buying-power-adjustment': NOTHING,
    'buying-power-adjustment-effect': 'None',
    'pending-cash': NOTHING,
    'pending-cash-effect': 'None',
    'pending-margin-interest': NOTHING,
    'sma-equity-option-buying-power': NOTHING,
    'special-memorandum-account-apex-adjustment': NOTHING,
    'special-memorandum-account-value': NOTHING,
    'total-pending-liquidity-pool-rebate': NOTHING,
    'unsettled-cryptocurrency-fiat-amount': NOTHING,
    'unsettled-cryptocurrency-fiat-effect': 'None',
  };
}

const CALLS: WireObject = {
  'day-equity-call-value': NOTHING,
  'day-trading-call-value': NOTHING,
  'maintenance-call-value': NOTHING,
  'reg-t-call-value': NOTHING,
};

/** The balance object: one per account, in dollars. */
export function balancesWire(funds: Funds, at: EpochMs): WireObject {
  return {
    'account-number': funds.profile.number,
    currency: 'USD',
    ...cash(funds),
    ...values(funds),
    ...requirements(funds),
    ...buyingPowers(funds),
    ...CALLS,
    'snapshot-date': tradingDay(at),
    'updated-at': offsetTime(at),
  };
}

/** Keys of today's balance that the daily snapshots do not have. */
const NOT_IN_SNAPSHOTS = new Set([
  'cash-settle-balance',
  'margin-settle-balance',
  'total-settle-balance',
  'fixed-income-security-margin-requirement',
  'long-fixed-income-security-value',
  'sma-equity-option-buying-power',
  'special-memorandum-account-apex-adjustment',
  'special-memorandum-account-value',
  'used-derivative-buying-power',
  'buying-power-adjustment',
  'buying-power-adjustment-effect',
  'total-pending-liquidity-pool-rebate',
  'currency',
]);

export const snapshotWire = (funds: Funds, at: EpochMs): WireObject =>
  Object.fromEntries(Object.entries(balancesWire(funds, at)).filter(([key]) => !NOT_IN_SNAPSHOTS.has(key)));
