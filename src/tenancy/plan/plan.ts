import { z } from 'zod';
import type { Environment } from '../../broker/broker.ts';
import { INSTRUMENT_TYPES } from '../../broker/model/symbol.ts';
import type { InstrumentType } from '../../broker/model/symbol.ts';
import { decimal, isNegative, parseDecimal } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';

/** When an order must have been previewed, and that preview confirmed: always, never, or above a notional in dollars. */
export type ConfirmRule = 'always' | 'never' | { readonly above: Decimal };

/** Names that are allowed (all, when absent) and names that are denied all the same. */
export type NameRule = { readonly allow?: readonly string[]; readonly deny: readonly string[] };

/**
 * A tenant's set of rules for what may be sent. Money is in US dollars, counts and amounts of a day are of the New York day.
 * Opening orders keep all of them; closing orders only `readOnly`, `accounts` and `duplicateSeconds`, cancels the first two.
 */
export type Plan = {
  readonly readOnly: boolean;
  readonly closingOnly: boolean;
  readonly accounts: NameRule;
  /** By underlying: `SPY` also means its options. */
  readonly symbols: NameRule;
  readonly instrumentTypes: readonly InstrumentType[];
  /** Per leg: shares, option and futures contracts, coins. */
  readonly maxShares: Decimal;
  readonly maxContracts: Decimal;
  readonly maxCoins: Decimal;
  /** Per order: the gross value of what it opens, at the worse of the market and its own price. */
  readonly maxNotional: Decimal;
  /** Per order: how much buying power it may take, by the broker's dry run. */
  readonly maxBuyingPower: Decimal;
  /** Whether options and shares may be sold short without cover. */
  readonly undefinedRisk: boolean;
  /** How far a price may be worse than what could be had at once, in percent of it. */
  readonly collarPercent: Decimal;
  /** `open`: opening orders only while their market is open (or, with an extended time in force, in its extended hours). */
  readonly session: 'open' | 'any';
  readonly ordersPerMinute: number;
  readonly ordersPerDay: number;
  readonly dailyNotional: Decimal;
  /** Realised today, as a positive amount: at or above it nothing is opened any more. */
  readonly dailyLoss: Decimal;
  /** The same ticket again within so many seconds needs `allow_duplicate`; 0: never asked for. */
  readonly duplicateSeconds: number;
  readonly confirm: ConfirmRule;
  readonly confirmationSeconds: number;
};

const amount = z
  .union([z.string(), z.number()])
  .transform((value) => parseDecimal(value))
  .refine((value): value is Decimal => value !== undefined && !isNegative(value), 'must be a decimal number from 0');
const NAME = /^[A-Z0-9./_-]{1,24}$/u;
const names = z.array(z.string().toUpperCase().regex(NAME)).max(500);
const nameRule = z.strictObject({ allow: names.optional(), deny: names.default([]) });
const COUNT = z.int().min(0).max(1_000_000);

const schema = z.strictObject({
  readOnly: z.boolean(),
  closingOnly: z.boolean(),
  accounts: nameRule,
  symbols: nameRule,
  instrumentTypes: z.array(z.enum(INSTRUMENT_TYPES)),
  maxShares: amount,
  maxContracts: amount,
  maxCoins: amount,
  maxNotional: amount,
  maxBuyingPower: amount,
  undefinedRisk: z.boolean(),
  collarPercent: amount,
  session: z.enum(['open', 'any']),
  ordersPerMinute: COUNT,
  ordersPerDay: COUNT,
  dailyNotional: amount,
  dailyLoss: amount,
  duplicateSeconds: COUNT,
  confirm: z.union([z.enum(['always', 'never']), z.strictObject({ above: amount })]),
  confirmationSeconds: z.int().min(5).max(600),
});

const changesSchema = schema.partial();

/** The rules of a plan that differ from the defaults, as an operator sets them. */
export type PlanChanges = Partial<Plan>;

const CAUTIOUS: Plan = {
  readOnly: false,
  closingOnly: false,
  accounts: { deny: [] },
  symbols: { deny: [] },
  instrumentTypes: ['Equity', 'Equity Option'],
  maxShares: decimal(500),
  maxContracts: decimal(10),
  maxCoins: decimal(1),
  maxNotional: decimal(10_000),
  maxBuyingPower: decimal(10_000),
  undefinedRisk: false,
  collarPercent: decimal(5),
  session: 'open',
  ordersPerMinute: 10,
  ordersPerDay: 100,
  dailyNotional: decimal(50_000),
  dailyLoss: decimal(2000),
  duplicateSeconds: 60,
  confirm: 'always',
  confirmationSeconds: 120,
};

/** Paper is for trying out: the same rules, wide enough not to be in the way. */
const PAPER: Plan = {
  ...CAUTIOUS,
  instrumentTypes: ['Equity', 'Equity Option', 'Future', 'Future Option', 'Cryptocurrency'],
  maxShares: decimal(10_000),
  maxContracts: decimal(100),
  maxCoins: decimal(10),
  maxNotional: decimal(500_000),
  maxBuyingPower: decimal(250_000),
  session: 'any',
  ordersPerMinute: 60,
  ordersPerDay: 2000,
  dailyNotional: decimal(5_000_000),
  dailyLoss: decimal(50_000),
  duplicateSeconds: 10,
  confirm: 'never',
};

export const DEFAULT_PLANS: Readonly<Record<Environment, Plan>> = Object.freeze({
  live: CAUTIOUS,
  sandbox: CAUTIOUS,
  paper: PAPER,
});

/** Reads changes that were written as JSON; `undefined` for anything that is not wholly understood. */
export function parsePlanChanges(value: unknown): PlanChanges | undefined {
  const parsed = changesSchema.safeParse(value);
  if (!parsed.success) return undefined;
  // What zod calls optional may be there as undefined; a rule must never be switched off that way.
  return Object.fromEntries(Object.entries(parsed.data).filter(([, rule]) => rule !== undefined));
}

/** The rules in force for a tenant: its environment's defaults, and over them what the operator set. */
export function planOf(environment: Environment, changes: PlanChanges): Plan {
  return Object.freeze({ ...DEFAULT_PLANS[environment], ...changes });
}
