import type { AccountNumber } from '../../broker/model/symbol.ts';
import type { SwitchRow, Usage } from '../../storage/stores/ledger-store.ts';
import type { Plan } from '../../tenancy/plan/plan.ts';
import { checkBuyingPower, checkDailyLoss } from './account-figures.ts';
import { checkAccount, checkInstrumentType, checkSymbol } from './allowed-names.ts';
import { judgeOrder } from './judged-order.ts';
import type { JudgedOrder } from './judged-order.ts';
import { checkKillSwitch } from './kill-switch.ts';
import { LIMIT_RULES } from './limit-check.ts';
import type { LimitCheck, LimitRule } from './limit-check.ts';
import { checkNotional } from './notional.ts';
import type { OrderFacts } from './order-facts.ts';
import { checkCollar } from './price-collar.ts';
import { checkQuantity } from './quantity.ts';
import { refusalOf } from './refusal.ts';
import { checkStaleQuote } from './stale-quote.ts';
import { checkClosingOnly, checkReadOnly } from './switches.ts';
import { checkSession } from './trading-session.ts';
import { checkUndefinedRisk } from './undefined-risk.ts';
import { checkDailyNotional, checkDuplicate, checkOrdersPerDay, checkOrdersPerMinute } from './usage-rules.ts';
import type { UsageAsked } from './usage-rules.ts';
import { notApplied, unreadable } from './verdict.ts';

type UsageRule = 'daily_notional' | 'orders_per_minute' | 'orders_per_day' | 'duplicate';
type OrderRule = Exclude<LimitRule, UsageRule | 'kill_switch'>;
type Check = (plan: Plan, order: JudgedOrder) => LimitCheck;

/** Also for orders that close. */
const ALWAYS: ReadonlySet<LimitRule> = new Set(['read_only', 'account']);

const RULES: Readonly<Record<OrderRule, Check>> = {
  read_only: checkReadOnly,
  account: (plan, { facts }) => checkAccount(plan, facts.account),
  closing_only: checkClosingOnly,
  instrument_type: checkInstrumentType,
  symbol: checkSymbol,
  quantity: checkQuantity,
  undefined_risk: checkUndefinedRisk,
  trading_session: checkSession,
  stale_quote: checkStaleQuote,
  price_collar: checkCollar,
  notional: checkNotional,
  buying_power: checkBuyingPower,
  daily_loss: checkDailyLoss,
};

const isOrderRule = (rule: LimitRule): rule is OrderRule => Object.hasOwn(RULES, rule);

/**
 * What every rule about one order says of it, in the order of `LIMIT_RULES`: all of them, whatever the first ones say. Pure.
 * The kill switch is `checkStops`; what depends on other orders is `checkUsage`.
 */
export function checkLimits(plan: Plan, facts: OrderFacts): readonly LimitCheck[] {
  const order = judgeOrder(facts);
  return LIMIT_RULES.filter(isOrderRule).map((rule) =>
    order.isClosing && !ALWAYS.has(rule)
      ? notApplied(rule, 'The order only closes: limits on opening do not stand in its way.')
      : RULES[rule](plan, order),
  );
}

/** The two rules that a cancel keeps as well. */
export const checkAccess = (plan: Plan, account: AccountNumber): readonly LimitCheck[] => [
  checkReadOnly(plan),
  checkAccount(plan, account),
];

/** `stops` are the tenant's own switch and the global one, as far as they are on. Not for cancels. */
export const checkStops = (stops: readonly SwitchRow[]): readonly LimitCheck[] => [checkKillSwitch(stops)];

/**
 * For an order that only what is held covers. `underWay`: orders of its account of which it is not known whether the holdings
 * show them. Empty when there are none.
 */
export const checkUnderWay = (underWay: number): readonly LimitCheck[] =>
  underWay === 0 ? [] : [unreadable('undefined_risk', { limit: '0', why: UNDER_WAY })];

const UNDER_WAY =
  'What is held has to cover this order, and another order of the account was on its way while that was looked at.';

/** What the rules about several orders say, in the order of `LIMIT_RULES`: all four. Pure. Not for cancels. */
export const checkUsage = (plan: Plan, usage: Usage, asked: UsageAsked): readonly LimitCheck[] => [
  checkDailyNotional(plan, usage, asked),
  checkOrdersPerMinute(plan, usage, asked),
  checkOrdersPerDay(plan, usage, asked),
  checkDuplicate(plan, usage, asked),
];

/**
 * Throws when one of the checks does not let the order pass: `limit_exceeded` (of the kill switch `trading_stopped`), or
 * `limit_unreadable` when a figure could not be read and nothing else refuses. `details` are the rule, the figure and the limit.
 */
export function requirePassed(checks: readonly LimitCheck[]): void {
  const first =
    checks.find(({ verdict }) => verdict === 'refused') ?? checks.find(({ verdict }) => verdict === 'unreadable');
  if (first !== undefined) throw refusalOf(first);
}
