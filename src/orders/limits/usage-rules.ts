import type { EpochMs } from '../../core/clock.ts';
import { add, decimal, parseDecimal, sum } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { Usage } from '../../storage/stores/ledger-store.ts';
import type { Plan } from '../../tenancy/plan/plan.ts';
import type { LimitCheck } from './limit-check.ts';
import { atMost, notApplied, passed, refused, unreadable } from './verdict.ts';

/** The order that would come on top of what has been sent. */
export type UsageAsked = {
  /** What it would reserve against the day, in dollars. */
  readonly notional: Decimal;
  readonly isOpening: boolean;
  readonly allowDuplicate: boolean;
  readonly now: EpochMs;
};

const SECOND_MS = 1000;
const CLOSES = 'The order only closes: it is counted, and not held up.';

export function checkDailyNotional(
  { dailyNotional: limit }: Plan,
  { notionals }: Usage,
  asked: UsageAsked,
): LimitCheck {
  const rule = 'daily_notional';
  if (!asked.isOpening) return notApplied(rule, CLOSES);
  const known = notionals.map((text) => parseDecimal(text)).filter((value) => value !== undefined);
  if (known.length < notionals.length) {
    const why = "An amount in the ledger was not understood, so the day's value is not known.";
    return unreadable(rule, { limit, why });
  }
  const figure = add(sum(known), asked.notional);
  return atMost(rule, { what: 'With this order, what was opened today would be', figure, limit, unit: 'dollars' });
}

export const checkOrdersPerMinute = ({ ordersPerMinute }: Plan, { inMinute }: Usage, asked: UsageAsked): LimitCheck =>
  checkCount('orders_per_minute', asked, { sent: inMinute, limit: ordersPerMinute, unit: 'in a minute' });

export const checkOrdersPerDay = ({ ordersPerDay }: Plan, { inDay }: Usage, asked: UsageAsked): LimitCheck =>
  checkCount('orders_per_day', asked, { sent: inDay, limit: ordersPerDay, unit: 'in a day' });

type Count = { readonly sent: number; readonly limit: number; readonly unit: string };

function checkCount(
  rule: 'orders_per_minute' | 'orders_per_day',
  { isOpening }: UsageAsked,
  { sent, limit, unit }: Count,
): LimitCheck {
  if (!isOpening) return notApplied(rule, CLOSES);
  const figure = decimal(sent + 1);
  return atMost(rule, { what: 'With this one, orders would be', figure, limit: decimal(limit), unit });
}

/** For every order: a second closing of half a position is as much a repeat as a second opening. */
export function checkDuplicate({ duplicateSeconds }: Plan, { repeated }: Usage, asked: UsageAsked): LimitCheck {
  const rule = 'duplicate';
  if (duplicateSeconds === 0) return notApplied(rule, 'The plan does not ask about repeats.');
  const limit = `${duplicateSeconds} s`;
  if (repeated === undefined) return passed(rule, { limit, why: 'The same ticket was not sent lately.' });
  // Replicas' clocks differ a little: one sent in the future was sent just now.
  const ageMs = Math.max(0, asked.now - repeated.createdAt);
  const figure = `${ageMs / SECOND_MS} s`;
  const why = `The same ticket was sent ${figure} ago (external_id ${repeated.id}); up to ${limit} that is taken for a repeat.`;
  if (ageMs > duplicateSeconds * SECOND_MS) return passed(rule, { figure, limit, why });
  return asked.allowDuplicate
    ? passed(rule, { figure, limit, why: `${why} This one was allowed.` })
    : refused(rule, { figure, limit, why });
}
