import type { Call } from './call.ts';
import { complexOutcomeOf, outcomeOf, previewOf } from './order-answer.ts';
import { complexBody, orderBody, replaceBody } from './order-body.ts';
import { createOrderReads } from './order-reads.ts';
import { accountRoute, complexOrderRoute, orderRoute } from './route.ts';
import type { Session } from './session.ts';
import type { OrderOperations } from '../broker.ts';

const call = (method: Call['method'], path: string, body?: object): Call => ({
  method,
  path,
  endpoint: 'orders',
  ...(body === undefined ? {} : { body }),
});

/** Bodies and addresses are made, and refused, before anything is asked for: neither a token nor `begin`. */
export function createOrderOperations(session: Session): OrderOperations {
  return {
    ...createOrderReads(session),

    async preview(account, order, options) {
      const path = `${accountRoute(account)}/orders/dry-run`;
      return previewOf(await session.ask(call('POST', path, orderBody(order)), options));
    },

    async previewReplace(account, orderId, order, options) {
      const path = `${orderRoute(account, orderId)}/dry-run`;
      return previewOf(await session.ask(call('POST', path, replaceBody(order)), options));
    },

    async previewComplex(account, order, options) {
      const path = `${accountRoute(account)}/complex-orders/dry-run`;
      return previewOf(await session.ask(call('POST', path, complexBody(order)), options));
    },

    async place(account, order, options) {
      const path = `${accountRoute(account)}/orders`;
      return outcomeOf(await session.send(call('POST', path, orderBody(order)), options));
    },

    async replace(account, orderId, order, options) {
      return outcomeOf(await session.send(call('PUT', orderRoute(account, orderId), replaceBody(order)), options));
    },

    async cancel(account, orderId, options) {
      return outcomeOf(await session.send(call('DELETE', orderRoute(account, orderId)), options));
    },

    async placeComplex(account, order, options) {
      const path = `${accountRoute(account)}/complex-orders`;
      const first = order.trigger ?? order.orders[0];
      const sent = await session.send(call('POST', path, complexBody(order)), options);
      return complexOutcomeOf(sent, first?.externalId);
    },

    async cancelComplex(account, complexOrderId, options) {
      return complexOutcomeOf(await session.send(call('DELETE', complexOrderRoute(account, complexOrderId)), options));
    },
  };
}
