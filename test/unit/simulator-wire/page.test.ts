import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { page } from '../../../src/simulator/rest/page.ts';
import type { Call, Query } from '../../../src/simulator/rest/route.ts';
import { WireRefusal } from '../../../src/simulator/wire-refusal.ts';

const callWith = (query: Query): Call => ({
  customer: { id: 'margin', wire: {}, accounts: [], scopes: ['read'] },
  params: {},
  query,
  body: undefined,
  context: '/things',
  host: 'simulator',
  version: undefined,
});

describe('paging', () => {
  it('shows every item exactly once over all pages, and counts them as the broker does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 60 }), fc.integer({ min: 1, max: 25 }), (items, perPage) => {
        const totalPages = Math.ceil(items.length / perPage);
        const seen = Array.from({ length: totalPages }, (_, offset) => {
          const { body } = page(callWith({ 'per-page': String(perPage), 'page-offset': String(offset) }), items, {
            perPage: 10,
          });
          expect(body).toMatchObject({
            context: '/things',
            pagination: {
              'per-page': perPage,
              'page-offset': offset,
              'item-offset': offset * perPage,
              'total-items': items.length,
              'total-pages': totalPages,
              'previous-link': null,
              'next-link': null,
              'paging-link-template': null,
            },
          });
          return (body['data'] as { items: number[] }).items;
        });
        expect(seen.flat()).toEqual(items);
      }),
    );
  });

  it('is empty beyond the last page', () => {
    const { body } = page(callWith({ 'page-offset': '7' }), [1, 2, 3], { perPage: 2 });
    expect(body).toMatchObject({ data: { items: [] }, pagination: { 'current-item-count': 0, 'total-items': 3 } });
  });

  it.each([
    { 'per-page': '0' },
    { 'per-page': '-1' },
    { 'per-page': 'all' },
    { 'page-offset': '1.5' },
    { 'per-page': '201' },
  ])('refuses %j with 400', (query) => {
    const ask = (): unknown => page(callWith(query), [1], { perPage: 100, maxPerPage: 200 });
    expect(ask).toThrow(WireRefusal);
    expect(ask).toThrow(expect.objectContaining({ status: 400 }));
  });
});
