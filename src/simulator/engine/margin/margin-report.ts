import type { EpochMs } from '../../../core/clock.ts';
import { isNegative, negate, subtract, sum, ZERO, type Decimal } from '../../../core/decimal.ts';
import { decimalText, withEffect } from '../../wire-text.ts';
import type { Funds } from '../accounts/funds.ts';
import { valueOf, type MarketView } from '../accounts/holding.ts';
import type { WireObject } from '../desk.ts';
import { optionsLevel } from '../world/account-wire.ts';
import { calculationType } from './rates.ts';
import type { Strategy, UnderlyingRequirement } from './requirement.ts';

const owed = (key: string, amount: Decimal): WireObject => withEffect(key, negate(amount));

function entryWire({ holding, quantity }: Strategy['entries'][number], view: MarketView): WireObject {
  const { contract, averageOpenPrice } = holding;
  const signed = isNegative(holding.quantity) && !isNegative(quantity) ? negate(quantity) : quantity;
  const terms =
    contract.option === undefined
      ? {}
      : {
          'strike-price': decimalText(contract.option.strike),
          'option-type': contract.option.side,
          'deliverable-quantity': decimalText(contract.multiplier),
          'expiration-date': contract.expiration,
        };
  return {
    'instrument-symbol': contract.symbol,
    'instrument-type': holding.instrumentType,
    quantity: decimalText(signed),
    'average-open-price': decimalText(averageOpenPrice),
    'close-price': decimalText(view.market.day(contract, view.at).prevClose),
    'fixing-price': 'NaN',
    ...terms,
  };
}

function requirementWire(requirement: { initial: Decimal; maintenance: Decimal }): WireObject {
  return {
    ...owed('margin-requirement', requirement.initial),
    ...owed('initial-requirement', requirement.initial),
    ...owed('maintenance-requirement', requirement.maintenance),
  };
}

const strategyWire = (strategy: Strategy, view: MarketView): WireObject => ({
  description: strategy.name,
  ...requirementWire(strategy),
  'includes-working-order': false,
  ...withEffect('buying-power', strategy.initial),
  'position-entries': strategy.entries.map((entry) => entryWire(entry, view)),
});

function groupWire(requirement: UnderlyingRequirement, funds: Funds, view: MarketView): WireObject {
  return {
    description: requirement.underlying,
    code: requirement.underlying,
    'underlying-symbol': requirement.underlying,
    'underlying-type': requirement.underlyingType,
    'expected-price-range-up-percent': '0.3',
    'expected-price-range-down-percent': '0.3',
    'point-of-no-return-percent': '1.01',
    'margin-calculation-type': calculationType(funds.profile),
    ...requirementWire(requirement),
    ...withEffect('buying-power', requirement.initial),
    groups: requirement.strategies.map((strategy) => strategyWire(strategy, view)),
    'price-increase-percent': '0.5',
    'price-decrease-percent': '-0.5',
  };
}

/** The margin report of the whole account, by underlying and strategy. */
export function marginReport(funds: Funds, view: MarketView & { at: EpochMs }): WireObject {
  const requirement = { initial: funds.initial, maintenance: funds.maintenance };
  return {
    'account-number': funds.profile.number,
    description: 'Total',
    'margin-calculation-type': calculationType(funds.profile),
    'option-level': optionsLevel(funds.profile),
    ...requirementWire(requirement),
    ...withEffect('margin-equity', funds.marginEquity),
    ...withEffect('option-buying-power', funds.buyingPower),
    ...owed('reg-t-margin-requirement', funds.initial),
    ...withEffect('reg-t-option-buying-power', funds.buyingPower),
    ...withEffect('maintenance-excess', subtract(funds.marginEquity, funds.maintenance)),
    groups: funds.requirements.map((group) => groupWire(group, funds, view)),
    'last-state-timestamp': view.at,
  };
}

/** One underlying's computation, as the margin dry run tells it. */
export function marginResults(
  requirement: UnderlyingRequirement | undefined,
  funds: Funds,
  view: MarketView & { underlying: string },
): WireObject {
  const holdings = funds.holdings.filter((holding) => holding.contract.listing.symbol === view.underlying);
  const group = requirement ?? { initial: ZERO, maintenance: ZERO, strategies: [], underlyingType: 'Equity' as const };
  return {
    code: view.underlying,
    description: view.underlying,
    'entity-count': holdings.length,
    'underlying-symbol': view.underlying,
    'underlying-type': group.underlyingType,
    ...requirementWire(group),
    'margin-calculation-type': calculationType(funds.profile),
    ...owed('position-margin', group.initial),
    'group-results': group.strategies.map((strategy) => strategyWire(strategy, view)),
    marks: Object.fromEntries(holdings.map((holding) => [holding.contract.symbol, decimalText(holding.mark)])),
    ...withEffect('position-equity-adjustment', sum(holdings.map(valueOf))),
  };
}
