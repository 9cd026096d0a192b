import { validationError } from '../wire-refusal.ts';
import { text } from './query.ts';
import type { Answer, Call } from './route.ts';

export type PageRules = { readonly perPage: number; readonly maxPerPage?: number };

function wholeNumber(call: Call, key: string, fallback: number, range: { from: number; to?: number }): number {
  const raw = text(call.query, key);
  if (raw === undefined) return fallback;
  const value = /^\d{1,9}$/u.test(raw) ? Number(raw) : Number.NaN;
  if (!(value >= range.from)) throw validationError([{ domain: key, reason: 'is invalid' }]);
  if (range.to !== undefined && value > range.to) {
    throw validationError([{ domain: key, reason: `must be less than or equal to ${range.to}` }]);
  }
  return value;
}

/** The asked-for page of a list, with the broker's pagination block: its three links are always null. */
export function page(call: Call, items: readonly unknown[], rules: PageRules): Answer {
  const most = rules.maxPerPage === undefined ? {} : { to: rules.maxPerPage };
  const perPage = wholeNumber(call, 'per-page', rules.perPage, { from: 1, ...most });
  const pageOffset = wholeNumber(call, 'page-offset', 0, { from: 0 });
  const itemOffset = pageOffset * perPage;
  const shown = items.slice(itemOffset, itemOffset + perPage);
  const pagination = {
    'per-page': perPage,
    'page-offset': pageOffset,
    'item-offset': itemOffset,
    'total-items': items.length,
    'total-pages': Math.ceil(items.length / perPage),
    'current-item-count': shown.length,
    'previous-link': null,
    'next-link': null,
    'paging-link-template': null,
  };
  return { status: 200, body: { data: { items: shown }, context: call.context, pagination } };
}
