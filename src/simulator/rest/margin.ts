import { RISK_FREE_RATE } from '../engine/margin/rates.ts';
import { notFound } from '../wire-refusal.ts';
import { decimalText } from '../wire-text.ts';
import type { World } from '../world.ts';
import { accepted } from './orders.ts';
import { get, one, param, type Route } from './route.ts';

/** What positions and orders tie up, and by which rates. */
export function marginRoutes(world: World): readonly Route[] {
  const { desk } = world;
  return [
    get('/margin/accounts/:account/requirements', (call) => one(call, desk.marginRequirements(param(call, 'account')))),
    {
      method: 'POST',
      path: '/margin/accounts/:account/dry-run',
      scope: 'read',
      answer: (call) => one(call, accepted(desk.marginDryRun(param(call, 'account'), call.body))),
    },
    get('/accounts/:account/margin-requirements/:underlying/effective', (call) => {
      const underlying = param(call, 'underlying');
      const rates = desk.effectiveMargin(param(call, 'account'), underlying);
      if (rates === undefined) throw notFound(`margin requirements for ${underlying}`);
      return one(call, rates);
    }),
    get('/margin-requirements-public-configuration', (call) =>
      one(call, { 'risk-free-rate': decimalText(RISK_FREE_RATE) }),
    ),
  ];
}
