import { GatewayError } from '../../src/core/errors.ts';
import type { Presented } from '../../src/orders/confirmation/confirmation.ts';
import { mintConfirmation } from '../../src/orders/confirmation/confirmation.ts';
import { cancelOrder } from '../../src/orders/cancel.ts';
import type { Carried } from '../../src/orders/carry-out.ts';
import type { OrderResult } from '../../src/orders/outcome.ts';
import { findOrder } from '../../src/orders/find-order.ts';
import { outcomeOf } from '../../src/orders/ledger/intent.ts';
import { placeComplex } from '../../src/orders/place-complex.ts';
import { placeOrder } from '../../src/orders/place.ts';
import type { Proposal } from '../../src/orders/proposal/proposal.ts';
import { proposeComplex } from '../../src/orders/proposal/propose-complex.ts';
import type { AskedComplex } from '../../src/orders/proposal/propose-complex.ts';
import { proposeOrder } from '../../src/orders/proposal/propose-order.ts';
import type { AskedPlace } from '../../src/orders/proposal/propose-order.ts';
import { replaceOrder } from '../../src/orders/replace.ts';
import type { TenantContext } from '../../src/tenancy/tenant-context.ts';
import { contextOf } from './replica.ts';
import type { Life } from './life.ts';
import type { Call, Sim, Told, Wish } from './sim.ts';

type Reached = { readonly told: Told; readonly isHungUp: boolean };

/** What goes wrong on the way to an answer, as tool calls go: the code, and whether it is a fault of our own. */
function errorOf(thrown: unknown): Told {
  if (thrown instanceof GatewayError) return { kind: 'error', code: thrown.code, isDefect: thrown.code === 'internal' };
  return { kind: 'error', code: thrown instanceof Error ? thrown.message : 'something', isDefect: true };
}

/** Does work on a replica for one call. `lost`: the replica crashed before it was done. */
export async function onReplica<Value>(
  sim: Sim,
  life: Life,
  { call, hangUpMs, work }: { call: Call; hangUpMs?: number; work: (context: TenantContext) => Promise<Value> },
): Promise<{
  readonly value?: Value;
  readonly thrown?: unknown;
  readonly isLost: boolean;
  readonly isHungUp: boolean;
}> {
  const hangUp = new AbortController();
  const context = contextOf(sim, life, { call, signal: hangUp.signal });
  const { promise, resolve } = Promise.withResolvers<{ value?: Value; thrown?: unknown; isLost: boolean }>();
  const mourn = (): void => resolve({ isLost: true });
  life.mourners.add(mourn);
  let isHungUp = false;
  if (hangUpMs !== undefined) {
    life.clock.after(hangUpMs, () => {
      isHungUp = true;
      hangUp.abort(new GatewayError('cancelled', 'The caller hung up.'));
    });
  }
  const hear = (heard: { value: Value } | { thrown: unknown }): void => {
    if (!life.isOver) resolve({ ...heard, isLost: false });
  };
  work(context).then(
    (value) => hear({ value }),
    (thrown: unknown) => hear({ thrown }),
  );
  const heard = await promise;
  life.mourners.delete(mourn);
  return { ...heard, isHungUp };
}

/** One call of a wish to a replica, to its end. */
export async function callOnce(sim: Sim, life: Life, wish: Wish, hangUpMs?: number): Promise<Reached> {
  const call: Call = { number: sim.calls.length + 1, wish, dispatches: 0 };
  sim.calls.push(call);
  sim.counts.calls += 1;
  if (hangUpMs !== undefined) sim.counts.hangUps += 1;
  sim.trace?.(`caller ${wish.number}`, () => `call ${call.number} to ${life.name}: ${wordsOf(wish)}`);
  const work = (context: TenantContext) => ask(wish, context);
  return hear(sim, life, { call, work, ...(hangUpMs === undefined ? {} : { hangUpMs }) });
}

/** Asks a replica what became of an order whose outcome is unknown, by either of its names. */
export async function lookUp(sim: Sim, life: Life, { externalId }: { externalId: string }, wish: Wish): Promise<void> {
  if (life.isOver) return;
  const call: Call = { number: sim.calls.length + 1, wish, dispatches: 0 };
  sim.calls.push(call);
  sim.counts.lookUps += 1;
  sim.trace?.(`caller ${wish.number}`, () => `call ${call.number} to ${life.name}: what became of ${externalId}?`);
  const { clientOrderId } = wish;
  const name = clientOrderId === undefined || sim.chance.is(0.5) ? { externalId } : { clientOrderId };
  const work = async (context: TenantContext): Promise<Heard> => {
    const { intent } = await findOrder(name, wish.side.account, context);
    if (intent === undefined) throw new RangeError('An intent was looked for, and an order was found');
    return { externalId: intent.id, outcome: outcomeOf(intent), replayed: true };
  };
  await hear(sim, life, { call, work });
}

type Heard = Pick<OrderResult, 'externalId' | 'outcome' | 'replayed'>;
type Asking = { call: Call; hangUpMs?: number; work: (context: TenantContext) => Promise<Heard> };

async function hear(sim: Sim, life: Life, asking: Asking): Promise<Reached> {
  const { call } = asking;
  const { wish } = call;
  const heard = await onReplica(sim, life, asking);
  const told = toldOf(heard);
  sim.answers.push({ call, told });
  sim.trace?.(`caller ${wish.number}`, () => `call ${call.number} is told: ${toldWords(told)}`);
  return { told, isHungUp: heard.isHungUp };
}

function toldOf({ value, thrown, isLost }: { value?: Heard; thrown?: unknown; isLost: boolean }): Told {
  if (isLost) return { kind: 'lost' };
  if (value === undefined) return errorOf(thrown);
  return { kind: 'result', outcome: value.outcome.kind, externalId: value.externalId, replayed: value.replayed };
}

function toldWords(told: Told): string {
  if (told.kind === 'result') return `${told.outcome} ${told.externalId}${told.replayed ? ', of an earlier call' : ''}`;
  return told.kind === 'error' ? told.code : 'nothing, the replica crashed';
}

const wordsOf = ({ kind, side, quantity, price, clientOrderId, presented, targetId, isOpening }: Wish): string =>
  [
    `${side.tenant.id} ${kind}`,
    kind === 'place' || kind === 'complex' ? `${isOpening ? 'buy' : 'sell'} ${quantity}` : `of ${targetId}`,
    kind === 'cancel' ? '' : `at ${price ?? 'the market'}`,
    clientOrderId === undefined ? '' : `as ${clientOrderId}`,
    presented === undefined ? '' : 'with a confirmation',
  ].join(' ');

const askedOf = ({ quantity, price, isOpening }: Wish): AskedPlace => ({
  legs: [{ spec: { symbol: 'AAA' }, action: isOpening ? 'Buy to Open' : 'Sell to Close', quantity }],
  orderType: 'Limit',
  timeInForce: 'Day',
  ...(price === undefined ? {} : { price }),
});

function complexOf({ quantity, followPrice, ...wish }: Wish): AskedComplex {
  if (followPrice === undefined) throw new RangeError('What follows has a price');
  const follower = askedOf({ ...wish, quantity, price: followPrice, isOpening: false });
  return { type: 'OTO', trigger: askedOf({ ...wish, quantity }), orders: [follower] };
}

/** What the tool works out for a preview. */
async function propose(wish: Wish, context: TenantContext): Promise<Proposal> {
  const { account } = wish.side;
  if (wish.kind !== 'complex') {
    return proposeOrder(askedOf(wish), account, { context, options: { inFull: false } });
  }
  const { proposal } = await proposeComplex(complexOf(wish), account, { context, inFull: false });
  return proposal;
}

async function ask(wish: Wish, context: TenantContext): Promise<OrderResult> {
  const { side, kind, price, targetId = '', clientOrderId, presented } = wish;
  if (kind === 'cancel') return cancelOrder(targetId, side.account, context);
  const terms = {
    ...(clientOrderId === undefined ? {} : { clientOrderId }),
    ...(presented === undefined ? {} : { presented }),
    allowDuplicate: false,
  };
  if (kind === 'complex') {
    return resultOf(await placeComplex({ asked: complexOf(wish), terms }, side.account, context));
  }
  if (kind === 'place') return resultOf(await placeOrder({ asked: askedOf(wish), terms }, side.account, context));
  if (price === undefined) throw new RangeError('A replacement has a price');
  const asked = { orderId: targetId, price, allowSignChange: true };
  return resultOf(await replaceOrder({ asked, terms }, side.account, context));
}

/** As the tool does: what was not sent is an error. */
function resultOf(carried: Carried): OrderResult {
  if (carried.kind === 'sent') return carried.result;
  throw new GatewayError(carried.kind === 'foretold' ? 'broker_refused' : 'confirmation_needed', 'It was not sent.');
}

/** Previews a wish, and has it confirmed. `undefined` when that did not come off. */
export async function confirm(sim: Sim, life: Life, wish: Wish): Promise<Presented | undefined> {
  const call: Call = { number: 0, wish, dispatches: 0 };
  const work = async (context: TenantContext) => {
    const proposal = await propose(wish, context);
    return mintConfirmation(proposal.body, wish.side.account, context);
  };
  const { value } = await onReplica(sim, life, { call, work });
  if (value === undefined) return undefined;
  sim.counts.confirmations += 1;
  return { secret: value.secret };
}
