import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, Member } from '../../support/processes/cluster.ts';
import type { ToolReply } from '../../support/processes/mcp-caller.ts';

/** One order of the siege. No two of a tenant have the same price: whatever the ledger says, the broker's own book tells them apart. */
export type SiegeOrder = {
  readonly member: Member;
  readonly clientOrderId: string;
  /** Dollars for one share, as the broker writes it. */
  readonly price: string;
  readonly symbol: string;
  /** Its caller hangs up after so many milliseconds and never asks again: the gateways are alone with it. Absent: a careful caller. */
  readonly leavesAfterMs?: number;
};

/** Something that a caller was told of its order. */
export type Telling = {
  readonly kind: 'accepted' | 'rejected' | 'unknown' | 'flagged';
  readonly orderId?: string;
  readonly externalId?: string;
};

export type SiegeOutcome = {
  readonly order: SiegeOrder;
  readonly tellings: readonly Telling[];
  /** The last word; absent for a caller that never got one. */
  readonly final?: Telling;
  /** Errors that a client may not repeat the call after. */
  readonly refusals: readonly string[];
  /** The codes of those after which it was. */
  readonly passing: readonly string[];
  readonly lostConnections: number;
  readonly calls: number;
};

const CALL_MS = 50_000;
const PAUSE_MS = 400;
const POLL_MS = 2000;
/** Nothing is known to have been refused for good by these: the same call may be made again. */
const PASSING = new Set([
  'rate_limited',
  'overloaded',
  'deadline_exceeded',
  'cancelled',
  'storage_unavailable',
  'limit_unreadable',
  'quote_unavailable',
  'broker_unavailable',
  'broker_timeout',
  'broker_rate_limited',
  'order_outcome_unknown',
  // A client may well repeat a call after this one, and so it does here; that it came at all is a fault in the report.
  'internal',
  // Where a call was never written down, there is nothing to look at yet.
  'not_found',
]);

type Caller = {
  readonly cluster: Cluster;
  readonly order: SiegeOrder;
  readonly tellings: Telling[];
  readonly refusals: string[];
  readonly passing: string[];
  lost: number;
  calls: number;
};

/** Behaves as a careful client does, who repeats the same call after a loss, on any replica, and asks until it knows; or leaves. */
export async function placeUntilFinal(cluster: Cluster, order: SiegeOrder, deadline: number): Promise<SiegeOutcome> {
  const caller: Caller = { cluster, order, tellings: [], refusals: [], passing: [], lost: 0, calls: 0 };
  const final = await (order.leavesAfterMs === undefined ? pursue(caller, deadline) : place(caller));
  const { tellings, refusals, passing, lost: lostConnections, calls } = caller;
  return { order, tellings, refusals, passing, lostConnections, calls, ...(final === undefined ? {} : { final }) };
}

async function pursue(caller: Caller, deadline: number): Promise<Telling | undefined> {
  let unknowns = 0;
  while (Date.now() < deadline) {
    // Unknown twice over: the call itself was repeated, from then on it is only asked after.
    const told = await (unknowns < 2 ? place(caller) : look(caller));
    if (told?.kind === 'unknown') unknowns += 1;
    if (told !== undefined && told.kind !== 'unknown') return told;
    if (caller.refusals.length > 0) return undefined;
    await sleep(told === undefined ? PAUSE_MS : POLL_MS);
  }
  return undefined;
}

async function place(caller: Caller): Promise<Telling | undefined> {
  const { symbol, price, clientOrderId } = caller.order;
  const reply = await ask(caller, 'place_order', {
    legs: [{ symbol, action: 'Buy to Open', quantity: 1 }],
    price: `-${price}`,
    client_order_id: clientOrderId,
  });
  return reply === undefined ? undefined : note(caller, toldByPlace(reply));
}

async function look(caller: Caller): Promise<Telling | undefined> {
  const reply = await ask(caller, 'get_order', { client_order_id: caller.order.clientOrderId });
  return reply === undefined ? undefined : note(caller, toldByLook(reply));
}

function note(caller: Caller, telling: Telling): Telling {
  caller.tellings.push(telling);
  return telling;
}

/** `undefined`: the call was lost, or refused in passing. */
async function ask(caller: Caller, tool: string, args: Record<string, unknown>): Promise<ToolReply | undefined> {
  caller.calls += 1;
  const at = Math.floor(Math.random() * 2);
  const { leavesAfterMs: timeoutMs = CALL_MS } = caller.order;
  try {
    const reply = await caller.cluster.call(at, { token: caller.order.member.token, tool, args, timeoutMs });
    if (!reply.isError) return reply;
    const code = String(reply.error?.['code']);
    if (PASSING.has(code)) caller.passing.push(code);
    else caller.refusals.push(`${tool}: ${code}: ${reply.text}`.slice(0, 500));
  } catch {
    caller.lost += 1;
  }
  return undefined;
}

function toldByPlace({ data }: ToolReply): Telling {
  const outcome = String(data['outcome']);
  const flagged = outcome === 'unknown' && String(data['what_to_do']).includes('flagged for a person');
  return telling(flagged ? 'flagged' : outcome, data);
}

function toldByLook({ data }: ToolReply): Telling {
  const { state, order } = data;
  if (data['needs_a_person'] === true) return telling('flagged', data);
  if (state === 'accepted' || (state === 'settled' && order !== undefined)) return telling('accepted', data);
  return telling(state === 'rejected' || state === 'settled' ? 'rejected' : 'unknown', data);
}

function telling(outcome: string, { order, external_id }: ToolReply['data']): Telling {
  if (outcome !== 'accepted' && outcome !== 'rejected' && outcome !== 'unknown' && outcome !== 'flagged') {
    throw new Error(`An outcome that no order that is sent has: ${outcome}`);
  }
  const orderId =
    typeof order === 'object' && order !== null && 'order_id' in order ? String(order.order_id) : undefined;
  return {
    kind: outcome,
    ...(orderId === undefined ? {} : { orderId }),
    ...(typeof external_id === 'string' ? { externalId: external_id } : {}),
  };
}
