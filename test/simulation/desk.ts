import type {
  ComplexRequest,
  OrderRequest,
  PlacedOrder,
  ReplaceRequest,
  SendOutcome,
} from '../../src/broker/model/order.ts';
import { isTerminal } from '../../src/broker/model/order.ts';
import { epochMs } from '../../src/core/clock.ts';
import { brokerSymbol } from '../../src/broker/model/symbol.ts';
import type { Life } from './life.ts';
import { WORLD_START_MS } from './sim.ts';
import type { Call, Side, Sim } from './sim.ts';

export type Post =
  | { readonly action: 'place'; readonly externalId: string; readonly request: OrderRequest }
  | {
      readonly action: 'replace';
      readonly externalId: string;
      readonly orderId: string;
      readonly request: ReplaceRequest;
    }
  | { readonly action: 'complex'; readonly externalId: string; readonly request: ComplexRequest }
  | { readonly action: 'cancel'; readonly orderId: string };

export type Posting = { readonly post: Post; readonly side: Side; readonly call: Call; readonly life: Life };

/** An order as the broker really holds it. */
export type Held = {
  readonly side: Side;
  readonly order: PlacedOrder;
  status: string;
  /** What reads still show, until `shownFrom`. */
  shownStatus: string | undefined;
  shownFrom: number;
  replacedBy?: string;
};

/** A request that left a replica. */
export type Dispatch = {
  readonly at: number;
  readonly posting: Posting;
  /** The ledger said beforehand, for good, that it is being sent. */
  readonly isAnnounced: boolean;
  /** For how long trading had been stopped by then, without the time that its replica stood still; 0: it was not. */
  readonly stoppedMs: number;
};

export type Desk = {
  readonly book: Held[];
  readonly dispatches: Dispatch[];
  /** Requests and answers that are still on their way. */
  inFlight(): number;
  /** Takes a request; resolves with what the adapter makes of the answer. Never, when there is none. */
  receive(posting: Posting): Promise<SendOutcome>;
  /** As reads show it now. */
  find(side: Side, isIt: (order: PlacedOrder) => boolean): PlacedOrder | undefined;
};

type Fate = {
  readonly name: string;
  /** When it arrives, after it left; absent: never. */
  readonly arrivesMs?: number;
  /** When the client hears, after it left; absent: never. */
  readonly answersMs?: number;
  readonly isCut?: boolean;
  readonly verdict?: 'refuse' | 'reject';
  readonly throws?: boolean;
};

type Entry = {
  readonly request: OrderRequest;
  readonly status: string;
  readonly replaces?: Held;
  readonly complexOrderId?: string;
};

const UNSEEN_MS = 3000;
/** An order is in sight of reads by then, counted from when it left. */
const LATEST_SIGHT_MS = 27_800;

export function createDesk(simOf: () => Sim): Desk {
  const book: Held[] = [];
  const byId = new Map<string, Held>();
  const dispatches: Dispatch[] = [];
  let inFlight = 0;
  let lastId = 500;

  const receive = (posting: Posting): Promise<SendOutcome> => {
    const sim = simOf();
    const { time, counts, chance } = sim;
    const leftAt = time.now();
    dispatches.push({
      at: leftAt,
      posting,
      isAnnounced: isAnnounced(sim, posting, dispatches),
      stoppedMs: stoppedFor(sim, posting),
    });
    posting.call.dispatches += 1;
    posting.call.wish.dispatches += 1;
    counts.posts += 1;
    const fate = drawFate(sim);
    if (fate.name !== 'fine') counts.faultyPosts += 1;
    sim.trace?.(posting.life.name, () => `POST leaves: ${postWords(posting.post)} [${fate.name}]`);
    const { promise, resolve, reject } = Promise.withResolvers<SendOutcome>();
    let answer: SendOutcome = CUT;
    if (fate.arrivesMs !== undefined) {
      inFlight += 1;
      const latestSight = leftAt + LATEST_SIGHT_MS;
      time.at(leftAt + fate.arrivesMs, () => {
        inFlight -= 1;
        const unseenMs = chance.is(0.3) ? chance.between(1, UNSEEN_MS) : 0;
        const taken = take(posting, fate, Math.min(time.now() + unseenMs, Math.max(latestSight, time.now())));
        sim.trace?.('broker', () => `${postWords(posting.post)} arrives: ${taken.kind}`);
        if (fate.isCut !== true) answer = taken;
      });
    }
    if (fate.throws === true) time.at(leftAt + 1, () => reject(new Error('A defect of the adapter')), posting.life);
    else if (fate.answersMs !== undefined) {
      time.at(leftAt + fate.answersMs, () => resolve(answer), posting.life);
    }
    return promise;
  };

  const take = (posting: Posting, fate: Fate, sightAt: number): SendOutcome => {
    if (fate.verdict === 'refuse') return refusal('margin_check_failed');
    const { post } = posting;
    if (post.action === 'place') {
      const isRejected = fate.verdict === 'reject';
      return enter(posting, { request: post.request, status: isRejected ? 'Rejected' : 'Live' }, sightAt);
    }
    if (post.action === 'complex') return takeComplex(posting, post.request, { fate, sightAt });
    const target = byId.get(post.orderId);
    if (target === undefined || target.side !== posting.side) return refusal('record_not_found');
    if (isTerminal(target.status) || target.status === 'Cancel Requested') return refusal('cannot_be_changed');
    if (post.action === 'cancel') {
      change(target, 'Cancel Requested', sightAt);
      posting.call.wish.taken += 1;
      return { kind: 'accepted', order: placedOf(target), effects: { warnings: [] } };
    }
    const request = { ...post.request, legs: [] };
    const made = enter(posting, { request, status: 'Live', replaces: target }, sightAt);
    change(target, 'Cancelled', sightAt);
    return made;
  };

  const takeComplex = (
    posting: Posting,
    { trigger, orders }: ComplexRequest,
    { fate, sightAt }: { fate: Fate; sightAt: number },
  ): SendOutcome => {
    if (trigger === undefined) return refusal('trigger_missing');
    const complexOrderId = `complex-${(lastId += 1)}`;
    const isRejected = fate.verdict === 'reject';
    const first = enter(
      posting,
      { request: trigger, status: isRejected ? 'Rejected' : 'Live', complexOrderId },
      sightAt,
    );
    const status = isRejected ? 'Rejected' : 'Contingent';
    for (const request of orders) enter(posting, { request, status, complexOrderId }, sightAt);
    return first;
  };

  const enter = (
    { side, call }: Posting,
    { request, status, replaces, complexOrderId }: Entry,
    sightAt: number,
  ): SendOutcome => {
    const id = String((lastId += 1));
    const order = placed({ id, side, request, at: simOf().time.now() });
    const whole: PlacedOrder = {
      ...order,
      ...(replaces === undefined ? {} : { legs: replaces.order.legs, replaces: replaces.order.id }),
      ...(complexOrderId === undefined ? {} : { complexOrderId }),
    };
    const held: Held = { side, order: whole, status, shownStatus: undefined, shownFrom: sightAt };
    if (replaces !== undefined) replaces.replacedBy = id;
    // What waits for a trigger came with it.
    if (status === 'Live') call.wish.taken += 1;
    book.push(held);
    byId.set(id, held);
    return { kind: 'accepted', order: placedOf(held), effects: { warnings: [] } };
  };

  const change = (held: Held, status: string, sightAt: number): void => {
    held.shownStatus = simOf().time.now() < held.shownFrom ? undefined : held.status;
    held.status = status;
    held.shownFrom = sightAt;
  };

  const shown = (held: Held): PlacedOrder | undefined => {
    if (simOf().time.now() >= held.shownFrom) return placedOf(held);
    return held.shownStatus === undefined ? undefined : { ...held.order, status: held.shownStatus };
  };

  return {
    book,
    dispatches,
    inFlight: () => inFlight,
    receive,
    find(side, isIt) {
      for (const held of book) {
        if (held.side !== side || !isIt(held.order)) continue;
        const order = shown(held);
        if (order !== undefined) return order;
      }
      return undefined;
    },
  };
}

const CUT: SendOutcome = { kind: 'unknown', why: 'The connection was cut.' };

const refusal = (code: string): SendOutcome => ({
  kind: 'refused',
  reasons: [{ code, message: 'The broker refuses.' }],
});

const placedOf = (held: Held): PlacedOrder => ({
  ...held.order,
  status: held.status,
  isEditable: held.status === 'Live',
  isCancellable: held.status === 'Live',
  ...(held.replacedBy === undefined ? {} : { replacedBy: held.replacedBy }),
});

type Making = { readonly id: string; readonly side: Side; readonly request: OrderRequest; readonly at: number };

function placed({ id, side, request, at }: Making): PlacedOrder {
  const { price } = request;
  return {
    id,
    account: side.account,
    status: 'Live',
    orderType: request.orderType,
    timeInForce: request.timeInForce,
    underlying: brokerSymbol('AAA'),
    ...(price === undefined ? {} : { price }),
    legs: request.legs.map(({ symbol, type, action, quantity }) => ({
      symbol,
      type,
      action,
      ...(quantity === undefined ? {} : { quantity, remaining: quantity }),
      fills: [],
    })),
    isCancellable: true,
    isEditable: true,
    externalId: request.externalId,
    receivedAt: epochMs(WORLD_START_MS + at),
  };
}

/** About half of them go wrong, in every way that networks and brokers know. */
function drawFate({ chance, isCalm }: Sim): Fate {
  const arrivesMs = chance.between(2, 80);
  const soon = arrivesMs + chance.between(2, 300);
  if (isCalm || chance.is(0.5)) return { name: 'fine', arrivesMs, answersMs: soon };
  const cutMs = chance.between(1, 400);
  const late = { name: 'accepted late', arrivesMs: cutMs + chance.between(200, 25_000), answersMs: cutMs, isCut: true };
  return chance.pick<Fate>([
    { name: 'lost, reset', answersMs: cutMs, isCut: true },
    { name: 'lost, no answer' },
    { name: 'accepted, answer lost', arrivesMs, answersMs: soon, isCut: true },
    { name: 'accepted with 5xx', arrivesMs, answersMs: soon, isCut: true },
    { name: '5xx, not accepted', answersMs: soon, isCut: true },
    { name: 'reset as it arrives', arrivesMs: cutMs, answersMs: cutMs, isCut: true },
    { name: 'accepted, no answer', arrivesMs },
    late,
    late,
    { name: 'accepted, garbage answer', arrivesMs, answersMs: soon, isCut: true },
    { name: 'refused', arrivesMs, answersMs: soon, verdict: 'refuse' },
    { name: 'rejected behind the door', arrivesMs, answersMs: soon, verdict: 'reject' },
    { name: 'accepted, slow answer', arrivesMs, answersMs: chance.between(500, 24_000) },
    { name: 'refused, slow answer', arrivesMs, answersMs: chance.between(19_000, 23_000), verdict: 'refuse' },
    { name: 'adapter throws, accepted', arrivesMs, throws: true },
  ]);
}

const postWords = (post: Post): string => {
  if (post.action === 'cancel') return `cancel of ${post.orderId}`;
  return post.action === 'replace' ? `order ${post.externalId} for ${post.orderId}` : `order ${post.externalId}`;
};

/** Whether the record that it is being sent had been committed before it left. */
function isAnnounced({ ledger }: Sim, { post, side }: Posting, before: readonly Dispatch[]): boolean {
  const sendings = ledger.auditEntries(side.tenant.id).filter((entry) => entry['to'] === 'sending');
  if (post.action !== 'cancel') return sendings.some((entry) => entry['intent'] === post.externalId);
  const isSame = (other: Post): boolean => other.action === 'cancel' && other.orderId === post.orderId;
  const earlier = before.filter(({ posting }) => isSame(posting.post)).length;
  return sendings.filter((entry) => entry['action'] === 'cancel' && entry['target'] === post.orderId).length > earlier;
}

/** Only time in which the replica could act counts against it. */
function stoppedFor(sim: Sim, { post, side, life }: Posting): number {
  const since = sim.stopSince(side.tenant.id);
  if (post.action === 'cancel' || since === undefined) return 0;
  const now = sim.time.now();
  const frozen = life.freezes.map(({ from, until }) => Math.max(0, Math.min(until, now) - Math.max(from, since)));
  return Math.max(1, now - since - frozen.reduce((total, ms) => total + ms, 0));
}
