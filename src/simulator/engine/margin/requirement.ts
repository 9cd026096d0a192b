import {
  absolute,
  add,
  compare,
  decimal,
  divide,
  isNegative,
  isPositive,
  multiply,
  roundToStep,
  sum,
  ZERO,
  type Decimal,
} from '../../../core/decimal.ts';
import type { Holding, MarketView } from '../accounts/holding.ts';
import type { Profile } from '../world/profile.ts';
import { futureRequirement, intrinsicValue, nakedRequirement } from './naked-option.ts';
import { pairOptions, type Pairing } from './pair-options.ts';
import { ratesOf } from './rates.ts';

/** One strategy that the margin rules recognised, and what it ties up. Amounts positive. */
export type Strategy = {
  readonly name: string;
  readonly initial: Decimal;
  readonly maintenance: Decimal;
  readonly entries: readonly { readonly holding: Holding; readonly quantity: Decimal }[];
};

/** All of one underlying together: `initial` may be less than the strategies' sum, since calls and puts cannot both lose. */
export type UnderlyingRequirement = {
  readonly underlying: string;
  readonly underlyingType: 'Equity' | 'Future' | 'Cryptocurrency';
  readonly initial: Decimal;
  readonly maintenance: Decimal;
  readonly strategies: readonly Strategy[];
  /** Short calls with neither stock nor a long call behind them. */
  readonly hasNakedCalls: boolean;
};

type Context = { readonly view: MarketView; readonly profile: Profile };

const HUNDRED = decimal('100');
const ONE = decimal('1');

function linearStrategy(holding: Holding, { view, profile }: Context): Strategy {
  const rates = ratesOf(profile);
  const value = absolute(multiply(multiply(holding.mark, holding.quantity), holding.contract.multiplier));
  const entries = [{ holding, quantity: holding.quantity }];
  if (holding.instrumentType === 'Future') {
    const required = multiply(futureRequirement(holding.contract, view), absolute(holding.quantity));
    return { name: 'FUTURE', initial: required, maintenance: required, entries };
  }
  if (holding.instrumentType === 'Cryptocurrency')
    return { name: 'LONG_CRYPTOCURRENCY', initial: value, maintenance: value, entries };
  const short = isNegative(holding.quantity);
  return {
    name: short ? 'SHORT_UNDERLYING' : 'LONG_UNDERLYING',
    initial: multiply(value, short ? rates.shortInitial : rates.longInitial),
    maintenance: multiply(value, short ? rates.shortMaintenance : rates.longMaintenance),
    entries,
  };
}

/** How many options each underlying position covers: long ones calls, short ones puts. */
function coverableBy(linear: readonly Holding[], side: 'C' | 'P'): Map<string, Decimal> {
  const covering = linear.filter(
    (holding) => holding.instrumentType !== 'Cryptocurrency' && isNegative(holding.quantity) === (side === 'P'),
  );
  return new Map(
    covering.map((holding) => {
      const units =
        holding.instrumentType === 'Equity' ? divide(absolute(holding.quantity), HUNDRED) : absolute(holding.quantity);
      return [holding.contract.symbol, roundToStep(units, ONE, 'down')];
    }),
  );
}

type Side = {
  readonly risk: Decimal;
  readonly premium: Decimal;
  readonly strategies: readonly Strategy[];
  readonly naked: number;
};

function optionStrategies(pairing: Pairing, context: Context): Side {
  const { view, profile } = context;
  const covered = pairing.covered.map(({ short, quantity }): Strategy => {
    const required = multiply(intrinsicValue(short.contract, view), quantity);
    return {
      name: 'COVERED_OPTION',
      initial: required,
      maintenance: required,
      entries: [{ holding: short, quantity }],
    };
  });
  const spreads = pairing.spreads.map(({ short, long, quantity, risk }): Strategy => {
    const entries = [
      { holding: short, quantity },
      { holding: long, quantity },
    ];
    return { name: 'VERTICAL_SPREAD', initial: risk, maintenance: risk, entries };
  });
  const nakedParts = pairing.naked.map(({ short, quantity }) => ({
    short,
    quantity,
    required: nakedRequirement(short, view, profile),
  }));
  const naked = nakedParts.map(({ short, quantity, required }): Strategy => {
    const total = multiply(add(required.risk, required.premium), quantity);
    return { name: 'NAKED_OPTION', initial: total, maintenance: total, entries: [{ holding: short, quantity }] };
  });
  return {
    risk: sum([
      ...[...covered, ...spreads].map((strategy) => strategy.initial),
      ...nakedParts.map((part) => multiply(part.required.risk, part.quantity)),
    ]),
    premium: sum(nakedParts.map((part) => multiply(part.required.premium, part.quantity))),
    strategies: [...covered, ...spreads, ...naked],
    naked: nakedParts.length,
  };
}

function sideOf(side: 'C' | 'P', holdings: readonly Holding[], context: Context): Side {
  const options = holdings.filter((holding) => holding.contract.option?.side === side);
  const linear = holdings.filter((holding) => holding.contract.option === undefined);
  const rules = { coverable: coverableBy(linear, side), spreadsCount: context.profile.kind === 'Margin' };
  return optionStrategies(pairOptions(options, rules), context);
}

const longOptions = (holdings: readonly Holding[]): Strategy[] => {
  const entries = holdings
    .filter((holding) => holding.contract.option !== undefined && isPositive(holding.quantity))
    .map((holding) => ({ holding, quantity: holding.quantity }));
  return entries.length === 0 ? [] : [{ name: 'LONG_OPTION', initial: ZERO, maintenance: ZERO, entries }];
};

const UNDERLYING_TYPES = {
  Future: 'Future',
  'Future Option': 'Future',
  Cryptocurrency: 'Cryptocurrency',
  Equity: 'Equity',
  'Equity Option': 'Equity',
} as const;

function requirementOfGroup(
  underlying: string,
  holdings: readonly [Holding, ...Holding[]],
  context: Context,
): UnderlyingRequirement {
  const linear = holdings
    .filter((holding) => holding.contract.option === undefined)
    .map((holding) => linearStrategy(holding, context));
  const calls = sideOf('C', holdings, context);
  const puts = sideOf('P', holdings, context);
  const worse = compare(calls.risk, puts.risk) >= 0 ? calls.risk : puts.risk;
  const options = sum([worse, calls.premium, puts.premium]);
  return {
    underlying,
    underlyingType: UNDERLYING_TYPES[holdings[0].instrumentType],
    initial: add(options, sum(linear.map((strategy) => strategy.initial))),
    maintenance: add(options, sum(linear.map((strategy) => strategy.maintenance))),
    strategies: [...linear, ...calls.strategies, ...puts.strategies, ...longOptions(holdings)],
    hasNakedCalls: calls.naked > 0,
  };
}

/** Reg-T-like requirements by underlying, futures options with the future's product. */
export function requirementsOf(holdings: readonly Holding[], context: Context): UnderlyingRequirement[] {
  const groups = new Map<string, [Holding, ...Holding[]]>();
  for (const holding of holdings) {
    const group = groups.get(holding.contract.listing.symbol);
    if (group === undefined) groups.set(holding.contract.listing.symbol, [holding]);
    else group.push(holding);
  }
  return [...groups].map(([underlying, group]) => requirementOfGroup(underlying, group, context));
}

export const initialTotal = (requirements: readonly UnderlyingRequirement[]): Decimal =>
  sum(requirements.map((requirement) => requirement.initial));
