import { setTimeout as sleep } from 'node:timers/promises';
import type { CallReply, McpClient } from '../support/callers/mcp-client.ts';
import type { RequestEntry } from '../support/callers/request-ledger.ts';
import type { Fleet } from '../support/processes/fleet.ts';
import type { Sailor } from './crew.ts';
import { tally } from './judge.ts';

/** What a careful client heard of one order. */
export type PlacedOrder = {
  readonly customer: string;
  readonly clientOrderId: string;
  /** The last word: `accepted`, `rejected`, or `unknown` when patience ended before it came. */
  readonly final: 'accepted' | 'rejected' | 'unknown';
  /** The name that the order has at the broker; told as soon as anything is. */
  readonly externalId?: string;
  /** Why it was rejected, in the words that came with it. */
  readonly reason?: string;
  /** Every request that it took. */
  readonly entries: readonly RequestEntry[];
};

export type PlaceOptions = {
  readonly client: McpClient;
  readonly sailor: Sailor;
  readonly clientOrderId: string;
  /** When it stops asking. */
  readonly patienceMs: number;
};

const PAUSE_MS = 250;

/** One share far below the market: it rests in the book. */
const ORDER = { legs: [{ symbol: 'F', action: 'Buy to Open', quantity: 1 }], price: '-1.00' };

/** Asks for an order, and repeats the very same call after whatever was no last word, as a careful client does. */
export async function placeOnce({ client, sailor, clientOrderId, patienceMs }: PlaceOptions): Promise<PlacedOrder> {
  const entries: RequestEntry[] = [];
  const deadline = performance.now() + patienceMs;
  const known = { customer: sailor.customer, clientOrderId, entries };
  let externalId: string | undefined;
  for (;;) {
    const called = await client.call('place_order', { ...ORDER, client_order_id: clientOrderId });
    entries.push(called.entry);
    externalId = nameIn(called) ?? externalId;
    const name = externalId === undefined ? {} : { externalId };
    const outcome = outcomeIn(called);
    if (outcome === 'accepted') return { ...known, ...name, final: outcome };
    if (outcome === 'rejected') return { ...known, ...name, final: outcome, reason: reasonIn(called) };
    if (performance.now() > deadline) return { ...known, ...name, final: 'unknown' };
    await sleep(PAUSE_MS);
  }
}

const textIn = ({ reply }: CallReply, field: string): string | undefined => {
  const value = reply?.data[field];
  return typeof value === 'string' ? value : undefined;
};
const nameIn = (called: CallReply): string | undefined => textIn(called, 'external_id');
export const outcomeIn = (called: CallReply): string | undefined => textIn(called, 'outcome');

/** The words of the first remark on an order that was not carried out. */
function reasonIn({ reply }: CallReply): string {
  const [first] = (reply?.data['reasons'] ?? []) as readonly { readonly message?: string }[];
  return first?.message ?? 'no reason';
}

export type OrderVerdict = {
  /** Told as accepted, and not in the broker's book; or in the book and told otherwise. */
  readonly lost: readonly string[];
  /** Submitted to the broker more than once, or twice in its book. */
  readonly doubled: readonly string[];
  readonly inBook: number;
  /** How many were told as not carried out, by the reason that was told. */
  readonly rejected: Readonly<Record<string, number>>;
};

/** Holds what clients were told against what really reached the broker. */
export async function judgeOrders(fleet: Fleet, orders: readonly PlacedOrder[]): Promise<OrderVerdict> {
  const { orders: submissions } = await fleet.desk.counters();
  const customers = [...new Set(orders.map(({ customer }) => customer))];
  const book = (await Promise.all(customers.map((customer) => fleet.desk.orders(customer)))).flat();
  // A fresh account comes with orders of its own past; they have no name of ours.
  const named = book.filter(({ externalId }) => externalId !== '');
  const inBook = new Map([...Map.groupBy(named, ({ externalId }) => externalId)].map(([id, all]) => [id, all.length]));
  const accepted = new Set(orders.flatMap(({ final, externalId = '' }) => (final === 'accepted' ? [externalId] : [])));
  const missing = [...accepted].filter((id) => !inBook.has(id)).map((id) => `accepted, not in the book: ${id}`);
  const untold = [...inBook.keys()].filter((id) => !accepted.has(id)).map((id) => `in the book, not told: ${id}`);
  const open = orders
    .filter(({ final }) => final === 'unknown')
    .map(({ clientOrderId, entries }) => `no last word: ${clientOrderId} (${entries.at(-1)?.why ?? 'nothing'})`);
  return {
    lost: [...missing, ...untold, ...open],
    doubled: [
      ...Object.entries(submissions).flatMap(([id, count]) =>
        count > 1 ? [`${id} was submitted ${count} times`] : [],
      ),
      ...[...inBook].flatMap(([id, count]) => (count > 1 ? [`${id} is in the book ${count} times`] : [])),
    ],
    inBook: inBook.size,
    rejected: tally(orders.flatMap(({ reason }) => reason ?? [])),
  };
}
