import { validationError } from '../wire-refusal.ts';
import type { Query } from './route.ts';

/** The single value of a parameter: the first one when it was repeated, undefined when absent or empty. */
export function text(query: Query, key: string): string | undefined {
  const value = query[key];
  const first = typeof value === 'string' ? value : value?.[0];
  return first === '' ? undefined : first;
}

export function requiredText(query: Query, key: string): string {
  const value = text(query, key);
  if (value === undefined) throw validationError([{ domain: key, reason: 'is missing' }]);
  return value;
}

const every = (value: Query[string] | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : (value ?? []);

/** All values of an array parameter, sent as `key[]=a&key[]=b`; empty when absent. */
export const values = (query: Query, key: string): readonly string[] =>
  every(query[`${key}[]`]).filter((v) => v !== '');

/** All values however they were sent: a comma list, the bare key repeated, or with brackets. */
export function looseValues(query: Query, key: string): readonly string[] {
  const sent = [...every(query[key]), ...every(query[`${key}[]`])];
  return sent.flatMap((value) => value.split(',')).filter((value) => value !== '');
}

export function flag(query: Query, key: string, fallback: boolean): boolean {
  const value = text(query, key);
  if (value === undefined) return fallback;
  if (value === 'true' || value === 'false') return value === 'true';
  throw validationError([{ domain: key, reason: 'is invalid' }]);
}

/** One of the allowed words, in exactly this case. */
export function oneOf<Word extends string>(query: Query, key: string, words: readonly Word[]): Word | undefined {
  const value = text(query, key);
  if (value === undefined) return undefined;
  const found = words.find((word) => word === value);
  if (found === undefined) throw validationError([{ domain: key, reason: 'does not have a valid value' }]);
  return found;
}

/** `sort=Asc`; newest first when it was not asked for. */
export const isAscending = (query: Query): boolean => oneOf(query, 'sort', ['Desc', 'Asc']) === 'Asc';
