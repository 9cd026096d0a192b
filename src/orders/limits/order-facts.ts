import type { Position } from '../../broker/model/account.ts';
import type { ComplexType, OrderEffects, PlacedOrder } from '../../broker/model/order.ts';
import type { AccountNumber } from '../../broker/model/symbol.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { NetMarket } from '../pricing/net-market.ts';
import type { Ticket } from '../ticket/ticket.ts';

/** A figure that was read, or why it could not be: a sentence in our own words, since callers are told it. */
export type Readable<Value> =
  | { readonly kind: 'known'; readonly value: Value }
  | { readonly kind: 'unreadable'; readonly why: string };

/** One ticket at its price, and the market it stands in. */
export type PricedTicket = {
  readonly ticket: Ticket;
  /** Signed net per unit, credit positive; absent where the order type has none. */
  readonly price?: Decimal;
  /** Of all the ticket's legs, in their order. */
  readonly market: Readable<NetMarket>;
};

/**
 * All that the limits judge an order by, read by the gateway itself: nothing in it is the caller's word but the ticket.
 * A simple order has one part. A complex one has several, the trigger first, each of which could come to pass.
 */
export type OrderFacts = {
  readonly account: AccountNumber;
  readonly parts: readonly PricedTicket[];
  /** Of several parts: which of them can come to pass together. Absent: all of them. */
  readonly complexType?: ComplexType;
  readonly positions: Readable<readonly Position[]>;
  /** What works at the broker already, without the order that this one replaces. Read only where `needsWorking` says so. */
  readonly working: Readable<readonly PlacedOrder[]>;
  /** The broker's dry run of the whole. */
  readonly effects: Readable<OrderEffects>;
  /** The state of the market that the instruments trade in: `Open`, `Closed`, `Pre-market`, …. */
  readonly session: Readable<string>;
  /** Signed: a loss is negative. */
  readonly realizedToday: Readable<Decimal>;
  /** A replacement takes the place of an order that reserved this much already. */
  readonly alreadyReserved?: Decimal;
};
