import { readPages } from './paging.ts';
import { accountRoute, orderRoute } from './route.ts';
import type { Query } from './route.ts';
import type { Session } from './session.ts';
import { envelope, pageEnvelope } from './wire/envelope.ts';
import type { Page } from './wire/envelope.ts';
import { wireOrder } from './wire/order.ts';
import type { CallOptions, OrderOperations } from '../broker.ts';
import type { PlacedOrder } from '../model/order.ts';
import { epochMs, toIso } from '../../core/clock.ts';
import type { EpochMs } from '../../core/clock.ts';

const PER_PAGE = 200;
const MAX_LIVE = 5_000;
const DAY_MS = 24 * 60 * 60 * 1000;

const orderPage = pageEnvelope(wireOrder);
const oneOrder = envelope(wireOrder);

/** A day early: the search counts days in New York, and clocks differ. */
const startDateOf = (since: EpochMs): string => toIso(epochMs(Math.max(0, since - DAY_MS))).slice(0, 10);

export type OrderReads = Pick<OrderOperations, 'live' | 'get' | 'findByExternalId'>;

export function createOrderReads(session: Session): OrderReads {
  async function page(path: string, query: Query, options: CallOptions): Promise<Page<PlacedOrder>> {
    return session.read({ path, query, endpoint: 'order-reads' }, orderPage, options);
  }

  async function live(account: string, options: CallOptions): Promise<readonly PlacedOrder[]> {
    const path = `${accountRoute(account)}/orders/live`;
    const listing = await readPages<PlacedOrder>({
      perPage: PER_PAGE,
      limit: MAX_LIVE,
      offset: 0,
      idOf: (order) => order.id,
      fetchPage: (at, perPage) => page(path, { 'per-page': perPage, 'page-offset': at }, options),
    });
    return listing.rows;
  }

  /** Page after page, newest first, until it is found: the search may be longer than any listing. */
  async function searchSince(account: string, wanted: { externalId: string; since: EpochMs }, options: CallOptions) {
    const path = `${accountRoute(account)}/orders`;
    const query = { 'start-date': startDateOf(wanted.since), sort: 'Desc', 'per-page': PER_PAGE };
    for (let at = 0; ; at += 1) {
      const { rows, pages } = await page(path, { ...query, 'page-offset': at }, options);
      const found = rows.find((order) => order.externalId === wanted.externalId);
      const isLast = pages === undefined ? rows.length < PER_PAGE : at >= pages - 1;
      if (found !== undefined || isLast || rows.length === 0) return found;
    }
  }

  return {
    live,
    get: async (account, orderId, options) =>
      session.read({ path: orderRoute(account, orderId), endpoint: 'order-reads' }, oneOrder, options),

    async findByExternalId(account, externalId, since, options) {
      const found = (await live(account, options)).find((order) => order.externalId === externalId);
      return found ?? searchSince(account, { externalId, since }, options);
    },
  };
}
