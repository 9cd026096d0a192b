import type { Instrument, InstrumentSpec } from '../../broker/model/instrument.ts';
import { isBuy } from '../../broker/model/order.ts';
import type { LegAction, OrderLeg, OrderType, TimeInForce } from '../../broker/model/order.ts';
import type { IsoDate } from '../../broker/model/symbol.ts';
import type { Decimal } from '../../core/decimal.ts';

/** What a caller asks to trade, in the caller's words. `action` is any spelling of one of the six actions. */
export type AskedLeg = { readonly spec: InstrumentSpec; readonly action: string; readonly quantity?: Decimal };

export type AskedOrder = {
  readonly legs: readonly AskedLeg[];
  readonly orderType: OrderType;
  readonly timeInForce: TimeInForce;
  /** With GTD only. */
  readonly goodUntil?: IsoDate;
  /** With Stop and Stop Limit only. */
  readonly stopTrigger?: Decimal;
  /** With Notional Market only: unsigned dollars to trade; the leg then has no quantity. */
  readonly value?: Decimal;
};

/** `ratio` is the leg's quantity in one unit of the order, which is what the net price is for. */
export type TicketLeg = {
  readonly instrument: Instrument;
  readonly action: LegAction;
  /** Absent in a Notional Market order, and only there; its `ratio` is 1. */
  readonly quantity?: Decimal;
  readonly ratio: Decimal;
};

/** A validated order that has neither a price nor been sent. All legs are of one type and one underlying. */
export type Ticket = Omit<AskedOrder, 'legs'> & {
  readonly legs: readonly TicketLeg[];
  /** Words of the caller that were read as something else than they say letter by letter, one sentence each. */
  readonly repairs: readonly string[];
};

export const toOrderLegs = (ticket: Pick<Ticket, 'legs'>): OrderLeg[] =>
  ticket.legs.map(({ instrument, action, quantity }) => ({
    symbol: instrument.symbol,
    type: instrument.type,
    action,
    ...(quantity === undefined ? {} : { quantity }),
  }));

/** The side that every leg is on, or `mixed`. */
export function sideOf(actions: readonly LegAction[]): 'buy' | 'sell' | 'mixed' {
  const buys = actions.filter(isBuy).length;
  if (buys === actions.length) return 'buy';
  return buys === 0 ? 'sell' : 'mixed';
}
