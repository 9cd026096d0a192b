/** One page of a list that is at hand as a whole. */
export type Page<Row> = { readonly rows: Row[]; readonly total: number; readonly next_offset?: number };

export function pageOf<Row>(rows: readonly Row[], { limit, offset }: { limit: number; offset: number }): Page<Row> {
  const end = offset + limit;
  return {
    rows: rows.slice(offset, end),
    total: rows.length,
    ...(end < rows.length ? { next_offset: end } : {}),
  };
}

/** `251–500 of 501`, or nothing where everything is on the page. */
export function pageText(shown: number, page: { offset: number; total?: number; next_offset?: number }): string {
  if (page.offset === 0 && page.next_offset === undefined) return '';
  const of = page.total === undefined ? '' : ` of ${page.total}`;
  const next = page.next_offset === undefined ? '' : `; more from offset ${page.next_offset}`;
  return shown === 0
    ? ` (none from ${page.offset + 1}${of})`
    : ` (${page.offset + 1}–${page.offset + shown}${of}${next})`;
}
