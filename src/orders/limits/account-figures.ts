import { ZERO, compare, isNegative, negate } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { Plan } from '../../tenancy/plan/plan.ts';
import type { JudgedOrder } from './judged-order.ts';
import type { LimitCheck } from './limit-check.ts';
import { atMost, passed, refused, unreadable } from './verdict.ts';

/** By how much a signed change is a loss. */
const lossIn = (change: Decimal): Decimal => (isNegative(change) ? negate(change) : ZERO);

/** How much buying power the order takes, by the broker's own dry run. */
export function checkBuyingPower({ maxBuyingPower: limit }: Plan, { facts: { effects } }: JudgedOrder): LimitCheck {
  const change = effects.kind === 'known' ? effects.value.buyingPower?.changeInBuyingPower : undefined;
  if (change === undefined) {
    const reason = effects.kind === 'unreadable' ? effects.why : "The broker's dry run does not say.";
    return unreadable('buying_power', { limit, why: `How much buying power the order takes is not known. ${reason}` });
  }
  return atMost('buying_power', {
    what: 'The order would take buying power of',
    figure: lossIn(change),
    limit,
    unit: 'dollars',
  });
}

/** At or above the day's loss nothing is opened any more. */
export function checkDailyLoss({ dailyLoss: limit }: Plan, { facts: { realizedToday } }: JudgedOrder): LimitCheck {
  if (realizedToday.kind === 'unreadable') {
    return unreadable('daily_loss', { limit, why: `What was realised today is not known. ${realizedToday.why}` });
  }
  const figure = lossIn(realizedToday.value);
  const why = `Losses realised today are ${figure} dollars; at ${limit} or more the plan lets nothing be opened.`;
  return compare(figure, limit) >= 0
    ? refused('daily_loss', { figure, limit, why })
    : passed('daily_loss', { figure, limit, why });
}
