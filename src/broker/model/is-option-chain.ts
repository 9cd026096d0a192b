import type { OptionChain } from './chain.ts';

type Check = (value: unknown) => boolean;

const PLAIN_DECIMAL = /^\d{1,30}(?:\.\d{1,30})?$/u;
const DATE = /^\d{4}-\d{2}-\d{2}$/u;
const SETTLEMENTS = new Set<unknown>(['AM', 'PM', 'Future', 'Unknown']);
const OPTION_TYPES = new Set<unknown>(['Equity Option', 'Future Option']);

const isText: Check = (value) => typeof value === 'string' && value.length > 0;
const isMaybeText: Check = (value) => value === undefined || isText(value);
const isPositive: Check = (value) => typeof value === 'string' && PLAIN_DECIMAL.test(value) && Number(value) > 0;
const isDate: Check = (value) => typeof value === 'string' && DATE.test(value);
const isList = (value: unknown, of: Check): boolean => Array.isArray(value) && value.every(of);

const NONE: Readonly<Record<string, unknown>> = {};

/** The fields of an object; of anything else, none. */
const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : NONE;

const isContract: Check = (value) => {
  if (value === undefined) return true;
  const { symbol, streamerSymbol } = fieldsOf(value);
  return isText(symbol) && isMaybeText(streamerSymbol);
};

const isStrike: Check = (value) => {
  const { strike, call, put } = fieldsOf(value);
  return isPositive(strike) && isContract(call) && isContract(put);
};

const isTick: Check = (value) => {
  const { below, step } = fieldsOf(value);
  return (below === undefined || isPositive(below)) && isPositive(step);
};

const isExpiration: Check = (value) => {
  const { date, root, type, settlement, underlying, multiplier, ticks, strikes } = fieldsOf(value);
  const isNamed = isDate(date) && isText(root) && isText(type) && isText(underlying) && SETTLEMENTS.has(settlement);
  return isNamed && isPositive(multiplier) && isList(ticks, isTick) && isList(strikes, isStrike);
};

/** Whether this is an option chain as this release knows it: for what comes from where others write too. */
export function isOptionChain(value: unknown): value is OptionChain {
  const { underlying, optionType, expirations } = fieldsOf(value);
  return isText(underlying) && OPTION_TYPES.has(optionType) && isList(expirations, isExpiration);
}
