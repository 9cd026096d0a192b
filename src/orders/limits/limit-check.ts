/** Every rule that can stand against an order, in the order in which they are looked at. The words are stable and public. */
export const LIMIT_RULES = [
  'kill_switch',
  'read_only',
  'account',
  'closing_only',
  'instrument_type',
  'symbol',
  'quantity',
  'undefined_risk',
  'trading_session',
  'stale_quote',
  'price_collar',
  'notional',
  'buying_power',
  'daily_loss',
  'daily_notional',
  'orders_per_minute',
  'orders_per_day',
  'duplicate',
] as const;
export type LimitRule = (typeof LIMIT_RULES)[number];

/**
 * What one rule says of one order. `unreadable`: the rule applies and its figure could not be had, which refuses as well.
 * `not-applied`: the rule has nothing to say of this order, and `why` says why.
 */
export type LimitCheck = {
  readonly rule: LimitRule;
  readonly verdict: 'passed' | 'refused' | 'unreadable' | 'not-applied';
  /** What the order has or would make, as decimal text or words: `12500`, `Equity Option`. */
  readonly figure?: string;
  /** What the plan allows. */
  readonly limit?: string;
  /** A sentence for a person, in our own words. */
  readonly why: string;
  /** Of a kill switch: what the operator gave as its reason, cleaned and bounded. */
  readonly reason?: string;
};
