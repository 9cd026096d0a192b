import { INSTRUMENT_TYPES } from '../../broker/model/symbol.ts';
import type { NameRule, Plan } from './plan.ts';

/** One rule of a plan, as operators know it. */
export type PlanRule = {
  /** As it is written on a command line: `max-notional`, `symbols.deny`. */
  readonly name: string;
  readonly key: keyof Plan;
  /** Which half of a rule about names it is. */
  readonly part?: keyof NameRule;
  /** What a value of it looks like. */
  readonly takes: string;
  /** What it keeps. */
  readonly means: string;
  /** A text from a command line as it would stand in JSON; `undefined` when it can be no value of this rule. */
  readonly read: (text: string) => unknown;
};

const FLAGS: Readonly<Record<string, boolean>> = { true: true, yes: true, false: false, no: false };
const readFlag = (text: string): unknown => (Object.hasOwn(FLAGS, text) ? FLAGS[text] : undefined);
const readCount = (text: string): unknown => (/^\d{1,7}$/u.test(text) ? Number(text) : undefined);
const readText = (text: string): unknown => text;

/** An empty list is no value: clearing one is a reset, so that a slip of the hand does not do it. */
function readNames(text: string): readonly string[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  return names.includes('') ? undefined : names;
}

function readTypes(text: string): unknown {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]+/gu, ' ');
  return readNames(text)?.map((name) => INSTRUMENT_TYPES.find((type) => plain(type) === plain(name)));
}

function readConfirm(text: string): unknown {
  const above = /^above:(.+)$/u.exec(text)?.[1];
  return above === undefined ? text : { above };
}

const flag = { takes: 'true or false', read: readFlag };
const names = { takes: 'one or more names, separated by commas', read: readNames };
const dollars = { takes: 'an amount of dollars from 0, such as 5000', read: readText };
const amount = { takes: 'a decimal number from 0, such as 10', read: readText };
const count = { takes: 'a whole number from 0 to 1000000', read: readCount };

/** All rules, in the order in which they are shown. */
export const PLAN_RULES: readonly PlanRule[] = [
  { name: 'read-only', key: 'readOnly', means: 'nothing is sent at all', ...flag },
  { name: 'closing-only', key: 'closingOnly', means: 'nothing is opened', ...flag },
  { name: 'accounts.allow', key: 'accounts', part: 'allow', means: 'the only accounts that may trade', ...names },
  { name: 'accounts.deny', key: 'accounts', part: 'deny', means: 'accounts that may not trade', ...names },
  { name: 'symbols.allow', key: 'symbols', part: 'allow', means: 'the only underlyings that may be opened', ...names },
  { name: 'symbols.deny', key: 'symbols', part: 'deny', means: 'underlyings that may not be opened', ...names },
  {
    name: 'instrument-types',
    key: 'instrumentTypes',
    means: 'what may be opened',
    takes: `one or more of ${INSTRUMENT_TYPES.join(', ')}, separated by commas`,
    read: readTypes,
  },
  { name: 'max-shares', key: 'maxShares', means: 'shares in one leg', ...amount },
  { name: 'max-contracts', key: 'maxContracts', means: 'option or futures contracts in one leg', ...amount },
  { name: 'max-coins', key: 'maxCoins', means: 'coins in one leg', ...amount },
  { name: 'max-notional', key: 'maxNotional', means: 'dollars that one order opens', ...dollars },
  { name: 'max-buying-power', key: 'maxBuyingPower', means: 'dollars of buying power for one order', ...dollars },
  { name: 'undefined-risk', key: 'undefinedRisk', means: 'naked short options and shares', ...flag },
  {
    name: 'collar-percent',
    key: 'collarPercent',
    means: 'percent that a price may be worse than the market',
    ...amount,
  },
  {
    name: 'session',
    key: 'session',
    means: 'when something may be opened',
    takes: 'open (while the market is open) or any',
    read: readText,
  },
  { name: 'orders-per-minute', key: 'ordersPerMinute', means: 'orders in a minute', ...count },
  { name: 'orders-per-day', key: 'ordersPerDay', means: 'orders in a New York day', ...count },
  { name: 'daily-notional', key: 'dailyNotional', means: 'dollars opened in a New York day', ...dollars },
  { name: 'daily-loss', key: 'dailyLoss', means: 'dollars realised as a loss until nothing is opened', ...dollars },
  {
    name: 'duplicate-seconds',
    key: 'duplicateSeconds',
    means: 'seconds in which the same ticket counts as a repeat',
    ...count,
  },
  {
    name: 'confirm',
    key: 'confirm',
    means: 'which orders need a confirmed preview',
    takes: 'always, never, or above:DOLLARS such as above:1000',
    read: readConfirm,
  },
  {
    name: 'confirmation-seconds',
    key: 'confirmationSeconds',
    means: 'seconds that a confirmation is good for',
    takes: 'a whole number from 5 to 600',
    read: readCount,
  },
];

/** The rule of this name, as a command line writes it. */
export const findRule = (name: string): PlanRule | undefined => PLAN_RULES.find((rule) => rule.name === name);

/** What a plan says by one rule, written as a command line takes it; `all` and `none` where there is no list. */
export function ruleText(plan: Plan, { key, part }: PlanRule): string {
  const value = part === undefined ? plan[key] : (plan[key] as NameRule)[part];
  if (value === undefined) return 'all';
  if (typeof value !== 'object') return String(value);
  if ('above' in value) return `above:${value.above}`;
  // A rule about names is always asked for by half.
  if (!('length' in value)) return '';
  return value.length === 0 ? 'none' : value.join(',');
}
