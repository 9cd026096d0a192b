import {
  absolute,
  add,
  decimal,
  isNegative,
  isPositive,
  multiply,
  negate,
  subtract,
  sum,
  ZERO,
  divide,
  isZero,
  type Decimal,
} from '../../../core/decimal.ts';
import { isBuy } from '../../../broker/model/order.ts';
import { withEffect } from '../../wire-text.ts';
import { fundsOf, marginValue, standingOf } from '../accounts/funds.ts';
import type { Holding } from '../accounts/holding.ts';
import { feeTotal } from '../accounts/post.ts';
import type { WireObject } from '../desk.ts';
import { addFees, feesOf, feeSums, type FeeParts } from '../fees/schedule.ts';
import { limitOf, naturalOf } from '../matching/natural.ts';
import type { Candidate, Desktop } from '../orders/candidate.ts';
import { orderSize } from '../orders/order-size.ts';
import type { Leg } from '../orders/order.ts';
import { initialTotal, requirementsOf, type UnderlyingRequirement } from './requirement.ts';

/** What an order would do to the account, filled whole at its own price. Signed: credit positive. */
export type OrderEffect = {
  readonly changeInMargin: Decimal;
  readonly changeInBuyingPower: Decimal;
  readonly currentBuyingPower: Decimal;
  readonly isolatedMargin: Decimal;
  readonly isSpread: boolean;
  readonly fees: FeeParts;
  readonly opensNakedCalls: boolean;
};

/** A leg at the price the effect is computed with. */
type Slice = { readonly leg: Leg; readonly holding: Holding; readonly price: Decimal };

const places = 8;

/** The order's own price for a single leg, else the market's: the side it would meet, or the mark where there is none. */
function sliceLegs(candidate: Candidate, { floor, at }: Desktop): Slice[] {
  const view = { market: floor.market, at };
  const natural = naturalOf(candidate.legs, view);
  const own = candidate.legs.length === 1 ? (candidate.terms.price ?? candidate.terms.stopTrigger) : undefined;
  return candidate.contracts.flatMap((contract, index) => {
    const leg = candidate.legs[index];
    if (leg === undefined) return [];
    const price = own ?? natural?.legs[index]?.price ?? floor.market.quote(contract, at).mark;
    const byValue =
      candidate.terms.value === undefined || isZero(price)
        ? leg.quantity
        : divide(candidate.terms.value, multiply(price, contract.multiplier), places);
    const quantity = isBuy(leg.action) ? byValue : negate(byValue);
    // An option is margined at its mark; stock at what one pays for it.
    const mark = contract.option === undefined ? price : floor.market.quote(contract, at).mark;
    return [
      {
        leg,
        price,
        holding: { contract, instrumentType: contract.instrumentType, quantity, mark, averageOpenPrice: mark },
      },
    ];
  });
}

/** Cash that changes hands before fees: nothing for futures. */
function cashOf(candidate: Candidate, slices: readonly Slice[]): Decimal {
  const paid = slices.filter(({ holding }) => holding.instrumentType !== 'Future');
  const limit = limitOf(candidate.terms);
  const first = paid[0];
  if (first !== undefined && limit !== undefined && slices.length > 1) {
    return multiply(multiply(limit, decimal(orderSize(candidate.legs))), first.holding.contract.multiplier);
  }
  return sum(
    paid.map(({ holding, price }) => negate(multiply(multiply(price, holding.quantity), holding.contract.multiplier))),
  );
}

function feesOfSlices(slices: readonly Slice[]): FeeParts {
  return addFees(
    slices.map(({ leg, holding, price }) => {
      const quantity = absolute(holding.quantity);
      const notional = multiply(multiply(price, quantity), holding.contract.multiplier);
      return feesOf({ contract: holding.contract, action: leg.action, quantity, notional });
    }),
  );
}

/** The holdings at the order's own marks, so that only the order makes the difference. */
function remark(holdings: readonly Holding[], slices: readonly Slice[]): Holding[] {
  const marks = new Map(slices.map(({ holding }) => [holding.contract.symbol, holding.mark]));
  return holdings.map((holding) => ({ ...holding, mark: marks.get(holding.contract.symbol) ?? holding.mark }));
}

function withSlices(holdings: readonly Holding[], slices: readonly Slice[]): Holding[] {
  const bySymbol = new Map(holdings.map((holding) => [holding.contract.symbol, holding]));
  for (const { holding } of slices) {
    const held = bySymbol.get(holding.contract.symbol);
    bySymbol.set(
      holding.contract.symbol,
      held === undefined ? holding : { ...held, quantity: add(held.quantity, holding.quantity) },
    );
  }
  return [...bySymbol.values()].filter((holding) => !isZero(holding.quantity));
}

/** Futures are left out: at the order's own price they carry no gain. */
const lent = (holdings: readonly Holding[]): Decimal =>
  marginValue(holdings.filter((holding) => holding.instrumentType !== 'Future'));

const nakedCalls = (requirements: readonly UnderlyingRequirement[]): number =>
  requirements.filter((requirement) => requirement.hasNakedCalls).length;

/** `freed`: buying power that a replaced order gives back. */
export function orderEffect(candidate: Candidate, desk: Desktop, freed: Decimal = ZERO): OrderEffect {
  const view = { market: desk.floor.market, at: desk.at };
  const context = { view, profile: desk.book.profile };
  const funds = fundsOf(standingOf(desk.book), view);
  const slices = sliceLegs(candidate, desk);
  const before = remark(funds.holdings, slices);
  const after = withSlices(before, slices);
  const [asIs, would] = [requirementsOf(before, context), requirementsOf(after, context)];
  const changeInMargin = subtract(initialTotal(would), initialTotal(asIs));
  const fees = feesOfSlices(slices);
  const gained = sum([cashOf(candidate, slices), lent(after), negate(lent(before))]);
  return {
    changeInMargin: negate(changeInMargin),
    changeInBuyingPower: subtract(subtract(gained, changeInMargin), feeTotal(feeSums(fees))),
    currentBuyingPower: add(funds.buyingPower, freed),
    isolatedMargin: negate(
      initialTotal(
        requirementsOf(
          slices.map(({ holding }) => holding),
          context,
        ),
      ),
    ),
    isSpread: candidate.legs.length > 1,
    fees,
    opensNakedCalls: nakedCalls(would) > nakedCalls(asIs),
  };
}

export const isAffordable = (effect: OrderEffect): boolean =>
  !isNegative(effect.changeInBuyingPower) || !isNegative(add(effect.currentBuyingPower, effect.changeInBuyingPower));

/** What the order ties up while it works. */
export const reserveFor = (effect: OrderEffect): Decimal =>
  isPositive(effect.changeInBuyingPower) ? ZERO : negate(effect.changeInBuyingPower);

export function effectWire(effect: OrderEffect): WireObject {
  const { impact, 'impact-effect': direction } = withEffect('impact', effect.changeInBuyingPower);
  return {
    ...withEffect('change-in-margin-requirement', effect.changeInMargin),
    ...withEffect('change-in-buying-power', effect.changeInBuyingPower),
    ...withEffect('current-buying-power', effect.currentBuyingPower),
    ...withEffect('new-buying-power', add(effect.currentBuyingPower, effect.changeInBuyingPower)),
    ...withEffect('isolated-order-margin-requirement', effect.isolatedMargin),
    'is-spread': effect.isSpread,
    impact,
    effect: direction,
  };
}
