import type { WireObject } from '../engine/desk.ts';
import { isTerminal } from '../../broker/model/order.ts';
import { notFound } from '../wire-refusal.ts';
import type { World } from '../world.ts';
import { countSubmission } from './count-submission.ts';
import { accepted } from './orders.ts';
import { page } from './page.ts';
import { get, list, one, param, type Call, type Route } from './route.ts';

const account = (call: Call): string => param(call, 'account');

/** Orders made of several: OCO, OTO and OTOCO. */
export function complexOrderRoutes(world: World): readonly Route[] {
  const { desk } = world;
  const submit = (call: Call, dryRun: boolean): WireObject =>
    accepted(desk.submitComplex(account(call), call.body, { dryRun }));
  return [
    get('/accounts/:account/complex-orders', (call) =>
      page(call, desk.complexOrders(account(call)), { perPage: 10, maxPerPage: 200 }),
    ),
    get('/accounts/:account/complex-orders/live', (call) =>
      list(call, desk.complexOrders(account(call)).filter(isWorking)),
    ),
    get('/accounts/:account/complex-orders/:id', (call) => {
      const id = Number(param(call, 'id'));
      const found = desk.complexOrders(account(call)).find((order) => order['id'] === id);
      if (found === undefined) throw notFound(`complex order ${param(call, 'id')}`);
      return one(call, found);
    }),
    {
      method: 'POST',
      path: '/accounts/:account/complex-orders/dry-run',
      scope: 'trade',
      answer: (call) => one(call, submit(call, true), 201),
    },
    {
      method: 'POST',
      path: '/accounts/:account/complex-orders',
      scope: 'trade',
      answer: (call) => {
        countSubmission(world, call.body);
        return one(call, submit(call, false), 201);
      },
    },
    {
      method: 'DELETE',
      path: '/accounts/:account/complex-orders/:id',
      scope: 'trade',
      answer: (call) => one(call, accepted(desk.cancelComplex(account(call), Number(param(call, 'id'))))),
    },
  ];
}

function isWorking(complexOrder: WireObject): boolean {
  const parts: unknown = complexOrder['orders'];
  const trigger: unknown = complexOrder['trigger-order'];
  return [...(Array.isArray(parts) ? parts : []), trigger].some((part: unknown) => {
    if (typeof part !== 'object' || part === null || !('status' in part)) return false;
    return typeof part.status === 'string' && !isTerminal(part.status);
  });
}
