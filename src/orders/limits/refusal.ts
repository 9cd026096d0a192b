import { GatewayError } from '../../core/errors.ts';
import type { LimitCheck, LimitRule } from './limit-check.ts';

const planRule = (words: string): string =>
  `If it is meant to be possible, ask the operator to change ${words} (gateway plan set).`;

/** What to do about a refusal by each rule. */
const ADVICE: Readonly<Record<LimitRule, string>> = {
  kill_switch: 'Nothing can be placed or replaced until an operator lets trading go on. Reads and cancels work.',
  read_only: `Reads work. ${planRule('read-only')}`,
  account: `Use another account. ${planRule('accounts.allow or accounts.deny')}`,
  closing_only: `Only close, and at most what is held. ${planRule('closing-only')}`,
  instrument_type: planRule('instrument-types'),
  symbol: planRule('symbols.allow or symbols.deny'),
  quantity: `Trade less. ${planRule('max-shares, max-contracts or max-coins')}`,
  undefined_risk: `Cover options by as many bought in the same order that expire no earlier. ${planRule('undefined-risk')}`,
  trading_session: `Wait until the market is open. ${planRule('session')}`,
  stale_quote: 'Use a limit order, or ask again when the market is quoted.',
  price_collar: `Give a price nearer to the market. ${planRule('collar-percent')}`,
  notional: `Trade less. ${planRule('max-notional')}`,
  buying_power: `Trade less. ${planRule('max-buying-power')}`,
  daily_loss: `Positions can still be closed. ${planRule('daily-loss')}`,
  daily_notional: `Trade less, or another day. ${planRule('daily-notional')}`,
  orders_per_minute: `Wait a minute. ${planRule('orders-per-minute')}`,
  orders_per_day: `Positions can still be closed. ${planRule('orders-per-day')}`,
  duplicate: 'get_order with that external_id says what became of it. If a second one is meant, set allow_duplicate.',
};

/** The error that a check which does not let an order pass is told as. */
export function refusalOf(check: LimitCheck): GatewayError {
  const { rule, verdict, figure, limit, why, reason } = check;
  const details = {
    rule,
    ...(figure === undefined ? {} : { figure }),
    ...(limit === undefined ? {} : { limit }),
    ...(reason === undefined ? {} : { reason }),
  };
  if (verdict === 'unreadable') {
    return new GatewayError('limit_unreadable', `Nothing was sent: the rule ${rule} could not be checked. ${why}`, {
      details,
      advice: 'Ask again in a moment. Orders that only close, and cancels, do not need this figure.',
    });
  }
  const code = rule === 'kill_switch' ? 'trading_stopped' : 'limit_exceeded';
  return new GatewayError(code, `Nothing was sent: the rule ${rule} refuses it. ${why}`, {
    details,
    advice: ADVICE[rule],
  });
}
