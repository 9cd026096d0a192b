import { isBuy } from '../../broker/model/order.ts';
import { ZERO, compare, isPositive, negate, subtract, sum } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { Plan } from '../../tenancy/plan/plan.ts';
import { coverOfHeld, coverWith, withoutOpaque } from './cover-from-held.ts';
import { matchCover } from './cover-match.ts';
import { closed } from './holdings.ts';
import type { Holdings } from './holdings.ts';
import { openedLegs } from './judged-order.ts';
import type { JudgedLeg } from './closing.ts';
import type { Course, JudgedOrder, JudgedPart } from './judged-order.ts';
import type { LimitCheck } from './limit-check.ts';
import { lotOf } from './option-lot.ts';
import type { OptionLot } from './option-lot.ts';
import type { OrderFacts } from './order-facts.ts';
import { afterPart, heldCover } from './risk-holdings.ts';
import type { HeldCover } from './risk-holdings.ts';
import { notApplied, passed, refused, unreadable, worstOf } from './verdict.ts';

const RULE = 'undefined_risk';
const COVERED = passed(RULE, { figure: '0', limit: '0', why: 'Nothing would be short without cover.' });

/**
 * What an order sells short must be covered: options by long ones of the same underlying and side that live at least as long, in
 * the same order or held and free; calls by held shares as well. Cash covers nothing here. docs/limits.md has the whole.
 */
export function checkUndefinedRisk({ undefinedRisk }: Plan, order: JudgedOrder): LimitCheck {
  if (undefinedRisk) return notApplied(RULE, 'The plan allows undefined risk.');
  return worstOf(
    order.courses.flatMap((course) => checkCourse(course, order.facts)),
    notApplied(RULE, 'The order has no legs.'),
  );
}

function checkCourse(course: Course, facts: OrderFacts): readonly LimitCheck[] {
  let held = heldCover(facts);
  return course.map((part, at) => {
    const check = checkPart(part, held);
    // Only a trigger is sure to have filled before the others are sent.
    const isTrigger = at === 0 && facts.complexType?.startsWith('OTO') === true;
    held = afterPart(held, part, isTrigger);
    return check;
  });
}

function checkPart(part: JudgedPart, held: HeldCover): LimitCheck {
  const sold = openedLegs(part).filter(({ action }) => !isBuy(action));
  const stock = sold.filter(({ instrument: { type } }) => !type.endsWith('Option') && type !== 'Future');
  if (stock.length > 0) return sayNaked(stock.map(({ instrument, opens }) => ({ ...instrument, quantity: opens })));
  const shorts = sold.filter(({ instrument: { type } }) => type.endsWith('Option'));
  const naked = nakedOf(part, shorts, held);
  if (naked.length > 0) return held.isReadable ? sayNaked(naked) : sayUnreadable(held);
  return checkLostCover(part, held);
}

type Naked = Pick<OptionLot, 'symbol' | 'quantity'>;

function nakedOf(part: JudgedPart, shorts: readonly JudgedLeg[], held: HeldCover): readonly Naked[] {
  if (shorts.length === 0) return [];
  const unknown = shorts.filter(({ instrument }) => instrument.option === undefined);
  const own = matchCover(lotsOf(shorts), longsOf(part));
  const multiplier = multiplierOf(part);
  const left = coverOfHeld(afterClosings(held.free, part), multiplier);
  const { naked } = coverWith(own.naked, withoutOpaque(left.free, held.free), multiplier);
  return [...unknown.map(({ instrument, opens }) => ({ symbol: instrument.symbol, quantity: opens })), ...naked];
}

/** Closing what covers something held is no closing order's business, but that of an order which also opens. */
function checkLostCover(part: JudgedPart, { all, arePositionsKnown, why }: HeldCover): LimitCheck {
  const isSelling = part.legs.some((leg) => !isBuy(leg.action) && isPositive(closesOf(leg)));
  if (!isSelling) return COVERED;
  if (!arePositionsKnown) return sayUnreadable({ why });
  const multiplier = multiplierOf(part);
  const spare = matchCover(lotsOf(soldOptions(part)), longsOf(part)).spare;
  const before = coverOfHeld(all, multiplier).naked;
  const after = coverOfHeld(afterClosings(all, part), multiplier, spare).naked;
  return compare(totalOf(after), totalOf(before)) > 0 ? sayNaked(added(after, before)) : COVERED;
}

/** Contracts that are naked now and were not, or as many as there are more. */
function added(after: readonly Naked[], before: readonly Naked[]): readonly Naked[] {
  const more = subtract(totalOf(after), totalOf(before));
  return [{ symbol: after.map(({ symbol }) => symbol).join(', '), quantity: more }];
}

function sayNaked(naked: readonly Naked[]): LimitCheck {
  const figure = totalOf(naked);
  const symbols = naked.map(({ symbol }) => symbol).join(', ');
  return refused(RULE, {
    figure,
    limit: '0',
    why: `The order would leave ${figure} short without cover (${symbols}); the plan allows 0.`,
  });
}

const sayUnreadable = ({ why }: Pick<HeldCover, 'why'>): LimitCheck =>
  unreadable(RULE, { limit: '0', why: `Whether what is held covers the order is not known. ${why}` });

const totalOf = (lots: readonly Naked[]): Decimal => sum(lots.map(({ quantity }) => quantity));

const lotsOf = (legs: readonly JudgedLeg[]): readonly OptionLot[] =>
  legs.flatMap(({ instrument, opens }) => lotOf(instrument, opens) ?? []);

const longsOf = (part: JudgedPart): readonly OptionLot[] =>
  lotsOf(openedLegs(part).filter(({ action }) => isBuy(action)));

const soldOptions = (part: JudgedPart): readonly JudgedLeg[] =>
  openedLegs(part).filter(({ action, instrument }) => !isBuy(action) && instrument.option !== undefined);

const multiplierOf = ({ legs }: JudgedPart): Decimal | undefined =>
  legs.find(({ instrument }) => instrument.option !== undefined)?.instrument.multiplier;

const closesOf = ({ quantity, opens }: JudgedLeg): Decimal =>
  quantity === undefined ? ZERO : subtract(quantity, opens);

function afterClosings(held: Holdings, { legs }: JudgedPart): Holdings {
  return legs.reduce((rest, leg) => {
    const closes = closesOf(leg);
    return closed(rest, leg.instrument.symbol, isBuy(leg.action) ? closes : negate(closes));
  }, held);
}
