import type { Page } from './wire/envelope.ts';
import type { Listing } from '../broker.ts';

/** `perPage` is the most that the service allows; `page` is a page number from zero, never an item offset. */
export type Paged<Row> = {
  readonly perPage: number;
  readonly limit: number;
  readonly offset: number;
  readonly idOf: (row: Row) => string;
  readonly fetchPage: (page: number, perPage: number) => Promise<Page<Row>>;
};

/** Short lists are asked for as such, as long as their offset falls on a page. */
function pageSize(paged: Pick<Paged<never>, 'perPage' | 'limit' | 'offset'>): number {
  const isOnePage = paged.limit > 0 && paged.limit <= paged.perPage && paged.offset % paged.limit === 0;
  return isOnePage ? paged.limit : paged.perPage;
}

function isLast<Row>(page: Page<Row>, at: number, perPage: number): boolean {
  if (page.rows.length === 0) return true;
  return page.pages === undefined ? page.rows.length < perPage : at >= page.pages - 1;
}

/**
 * Reads pages until `limit` rows after `offset` are there or the broker has no more. Rows that new ones push over a
 * page's edge while it is read come twice, and are kept once.
 */
export async function readPages<Row>(paged: Paged<Row>): Promise<Listing<Row>> {
  const perPage = pageSize(paged);
  const rows = new Map<string, Row>();
  const start = Math.floor(paged.offset / perPage);
  const skipped = paged.offset % perPage;
  let total: number | undefined;
  let hasMore = true;
  for (let at = start; hasMore && rows.size < skipped + paged.limit; at += 1) {
    const page = await paged.fetchPage(at, perPage);
    const before = rows.size;
    for (const row of page.rows) rows.set(paged.idOf(row), row);
    total = page.total ?? total;
    hasMore = !isLast(page, at, perPage) && rows.size > before;
  }
  const wanted = [...rows.values()].slice(skipped, skipped + paged.limit);
  const held = total ?? start * perPage + rows.size;
  const truncated = hasMore || held > paged.offset + wanted.length;
  return { rows: wanted, truncated, ...(total === undefined ? {} : { total }) };
}
