import { wireOrder } from '../../../src/broker/tastytrade/wire/order.ts';
import type { OrderSource } from '../../../src/relay/account-events/read-orders.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { toIso } from '../../../src/core/clock.ts';
import { AccountPeer } from '../account-peer.ts';
import type { ManualClock } from '../manual-clock.ts';

type WireFill = Readonly<Record<string, unknown>>;
type WireOrder = {
  readonly id: number;
  readonly 'updated-at': number;
  readonly legs: readonly [{ readonly fills: readonly WireFill[] }];
};
type Version = { readonly at: number; readonly wire: WireOrder };

export const DESK_ACCOUNT = '5WT00001';
const PER_PAGE = 20;
const PAGE_MS = 30;
const QUANTITY = 1_000_000;

/** A broker in memory: it tells what happens over its stream, and shows it by REST a little later, page by page. */
export class MemoryDesk {
  readonly peer = new AccountPeer();
  /** The ids of all fills, in the order in which they happened. */
  readonly fills: string[] = [];
  /** How much older than the stream is what REST shows. */
  restLagMs = 170;
  isDown = false;
  /** Whether its listing cannot be read. */
  isGarbled = false;
  reads = 0;
  readonly #clock: ManualClock;
  readonly #orders: Version[][] = [];

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** A new working order; its number. */
  place(): number {
    const id = this.#orders.length + 1;
    this.#orders.push([]);
    this.#show(newOrder(id, this.#clock.now()), id);
    return id;
  }

  /** Fills one share of an order. */
  fill(id: number): void {
    const last = this.#orders[id - 1]?.at(-1)?.wire;
    if (last === undefined) throw new Error(`There is no order ${id}`);
    const now = this.#clock.now();
    const name = `fill-${this.fills.length + 1}`;
    this.fills.push(name);
    const [leg] = last.legs;
    const fill = { 'fill-id': name, quantity: 1, 'fill-price': '10.0', 'filled-at': toIso(now) };
    this.#show({ ...last, 'updated-at': now, legs: [{ ...leg, fills: [...leg.fills, fill] }] }, id);
    this.peer.tell('AccountBalance', { 'account-number': DESK_ACCOUNT }, now);
  }

  /** As a replica reads them; `arrive` delays an answer as its process does. */
  source(arrive: () => Promise<void>): OrderSource {
    const live = async () => {
      this.reads += 1;
      const rows: ReturnType<typeof wireOrder.parse>[] = [];
      for (let at = this.#orders.length; at > 0; at -= PER_PAGE) {
        await this.#clock.sleep(PAGE_MS);
        if (this.isDown) throw new GatewayError('broker_unavailable', 'Down.');
        if (this.isGarbled) throw new GatewayError('broker_not_understood', 'Garbled.');
        const page = this.#orders.slice(Math.max(0, at - PER_PAGE), at).toReversed();
        rows.push(...page.flatMap((versions) => this.#shown(versions)));
      }
      await arrive();
      return rows;
    };
    return { live, past: async () => ({ rows: [], truncated: false }) };
  }

  #show(wire: WireOrder, id: number): void {
    this.#orders[id - 1]?.push({ at: this.#clock.now(), wire });
    this.peer.tell('Order', wire, this.#clock.now());
  }

  #shown(versions: readonly Version[]): ReturnType<typeof wireOrder.parse>[] {
    const until = this.#clock.now() - this.restLagMs;
    const version = versions.findLast(({ at }) => at <= until);
    return version === undefined ? [] : [wireOrder.parse(version.wire)];
  }
}

function newOrder(id: number, at: number): WireOrder & Readonly<Record<string, unknown>> {
  const leg = {
    symbol: 'SPY',
    'instrument-type': 'Equity',
    action: 'Buy to Open',
    quantity: QUANTITY,
    fills: [],
  };
  return {
    id,
    'account-number': DESK_ACCOUNT,
    'time-in-force': 'Day',
    'order-type': 'Limit',
    status: 'Live',
    'external-identifier': `external-${id}`,
    'updated-at': at,
    legs: [leg],
  };
}
