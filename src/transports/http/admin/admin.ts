import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../../auth/caller.ts';
import type { CancelState } from '../../../tenancy/operator/operator-cancel.ts';
import type { OperatorOrder, OrdersQuery } from '../../../tenancy/operator/operator-orders.ts';
import type { OperatorWish } from '../../../tenancy/operator/operator-scope.ts';
import type { SwitchChange, SwitchState } from '../../../tenancy/operator/operator-switch.ts';
import { type PlanEdit, planRefusal } from '../../../tenancy/plan/plan-edits.ts';
import { PLAN_FIELDS, readPlanJson } from '../../../tenancy/plan/plan-json.ts';
import type { PlanChanged, PlanDetails } from '../../../tenancy/plan/tenant-plan.ts';
import type { AccessLog } from '../access-log.ts';
import { chainsQuery, noQuery, ordersQuery, readInput, switchBody } from './admin-input.ts';
import { cancelJson, orderJson, planJson, switchJson } from './admin-json.ts';
import type { VerifyCaller } from '../auth.ts';
import { insufficientScope } from '../challenge.ts';
import { requestNote } from '../request-note.ts';

/** The options of which symbol are to be asked for anew; in all environments unless told. */
export type ChainsWish = {
  readonly symbol: string;
  readonly environment?: 'live' | 'sandbox' | 'paper' | undefined;
  readonly by: string;
};
export type ChainsDropped = { readonly chains: readonly string[]; readonly environments: readonly string[] };

/** What operators do. Tenants are named; `by` is who does it. Throws `not_found` for names and ids that there are not. */
export type AdminDesk = {
  switches(): Promise<readonly SwitchState[]>;
  setSwitch(change: SwitchChange): Promise<SwitchState>;
  /** Answers with the id of the request. */
  cancelAll(wish: OperatorWish): Promise<string>;
  cancelRequest(id: string): Promise<CancelState>;
  plan(tenant: string): Promise<PlanDetails>;
  changePlan(tenant: string, edits: readonly PlanEdit[], by: string): Promise<PlanChanged>;
  orders(query: OrdersQuery): Promise<readonly OperatorOrder[]>;
  /** Throws `coordination_unavailable` when not all replicas were told. */
  dropChains(wish: ChainsWish): Promise<ChainsDropped>;
};

export type AdminParts = {
  readonly desk: AdminDesk;
  readonly verifyCaller: VerifyCaller;
  readonly accessLog: Pick<AccessLog, 'noteCaller'>;
};

type Named = { Params: { name: string } };
type Visit = { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly by: string };

/** The routes of operators: for tokens with the scope `admin`, whether or not they act for a tenant. */
export function registerAdmin(app: FastifyInstance, { desk, verifyCaller, accessLog }: AdminParts): void {
  const callers = requestNote<Caller>('operator');
  const letIn = async (request: FastifyRequest): Promise<void> => {
    const caller = await verifyCaller(request.headers.authorization);
    accessLog.noteCaller(request, caller);
    if (!caller.scopes.has('admin')) throw insufficientScope(caller, 'admin');
    callers.set(request, caller);
  };
  const visit = (request: FastifyRequest, reply: FastifyReply): Visit => {
    const caller = callers.of(request);
    if (caller === undefined) throw new Error('A request came to a route without having been let in');
    return { request, reply, by: `${caller.issuer} ${caller.subject}` };
  };
  const guarded = { onRequest: letIn, exposeHeadRoute: false };

  app.get('/admin/switches', guarded, async (request, reply) => {
    readInput(noQuery, request.query);
    return answer(reply, { switches: (await desk.switches()).map(switchJson) });
  });
  app.put('/admin/switches/global', guarded, async (request, reply) => setSwitch(desk, visit(request, reply)));
  app.put<Named>('/admin/switches/tenants/:name', guarded, async (request, reply) =>
    setSwitch(desk, visit(request, reply), request.params.name),
  );
  app.get<{ Params: { id: string } }>('/admin/cancel-requests/:id', guarded, async (request, reply) => {
    readInput(noQuery, request.query);
    return answer(reply, cancelJson(await desk.cancelRequest(request.params.id)));
  });
  app.get<Named>('/admin/tenants/:name/plan', guarded, async (request, reply) => {
    readInput(noQuery, request.query);
    return answer(reply, planJson(await desk.plan(request.params.name)));
  });
  app.patch<Named>('/admin/tenants/:name/plan', guarded, async (request, reply) =>
    changePlan(desk, visit(request, reply), request.params.name),
  );
  app.get<Named>('/admin/tenants/:name/orders', guarded, async (request, reply) => {
    const { open, limit } = readInput(ordersQuery, request.query);
    const orders = await desk.orders({ tenant: request.params.name, open: open === 'true', limit });
    return answer(reply, { orders: orders.map(orderJson) });
  });
  app.delete<{ Params: { symbol: string } }>('/admin/chains/:symbol', guarded, async (request, reply) => {
    const { environment } = readInput(chainsQuery, request.query);
    const { by } = visit(request, reply);
    return answer(reply, await desk.dropChains({ symbol: request.params.symbol, environment, by }));
  });
}

async function setSwitch(desk: AdminDesk, { request, reply, by }: Visit, tenant?: string): Promise<FastifyReply> {
  readInput(noQuery, request.query);
  const { on, reason, cancel_all: cancelAll } = readInput(switchBody, request.body);
  const wish = { reason, by, ...(tenant === undefined ? {} : { tenant }) };
  const state = switchJson(await desk.setSwitch({ ...wish, isOn: on }));
  // After the stop, so that nothing new comes to work behind the cancelling.
  return answer(reply, cancelAll ? { ...state, cancel_request_id: await desk.cancelAll(wish) } : state);
}

async function changePlan(desk: AdminDesk, { request, reply, by }: Visit, tenant: string): Promise<FastifyReply> {
  readInput(noQuery, request.query);
  const { edits, faults } = readPlanJson(request.body);
  if (faults.length > 0) throw planRefusal(faults, PLAN_FIELDS);
  const changed = edits.length === 0 ? await desk.plan(tenant) : await desk.changePlan(tenant, edits, by);
  return answer(reply, planJson(changed));
}

const answer = (reply: FastifyReply, body: object): FastifyReply =>
  reply.header('cache-control', 'no-store').send(body);
