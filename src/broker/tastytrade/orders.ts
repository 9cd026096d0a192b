import { outcomeOf, previewOf } from './order-answer.ts';
import { orderBody, replaceBody } from './order-body.ts';
import { createOrderReads } from './order-reads.ts';
import { accountRoute, orderRoute } from './route.ts';
import type { Session } from './session.ts';
import type { OrderOperations } from '../broker.ts';

export function createOrderOperations(session: Session): OrderOperations {
  return {
    ...createOrderReads(session),

    async preview(account, order, options) {
      const path = `${accountRoute(account)}/orders/dry-run`;
      return previewOf(
        await session.ask({ method: 'POST', path, body: orderBody(order), endpoint: 'orders' }, options),
      );
    },

    async previewReplace(account, orderId, order, options) {
      const path = `${orderRoute(account, orderId)}/dry-run`;
      return previewOf(
        await session.ask({ method: 'POST', path, body: replaceBody(order), endpoint: 'orders' }, options),
      );
    },

    async place(account, order, options) {
      const path = `${accountRoute(account)}/orders`;
      return outcomeOf(
        await session.send({ method: 'POST', path, body: orderBody(order), endpoint: 'orders' }, options),
      );
    },

    async replace(account, orderId, order, options) {
      const path = orderRoute(account, orderId);
      return outcomeOf(
        await session.send({ method: 'PUT', path, body: replaceBody(order), endpoint: 'orders' }, options),
      );
    },

    async cancel(account, orderId, options) {
      return outcomeOf(
        await session.send({ method: 'DELETE', path: orderRoute(account, orderId), endpoint: 'orders' }, options),
      );
    },
  };
}
