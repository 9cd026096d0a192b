import type { AccountNumber } from '../../broker/model/symbol.ts';
import type { EpochMs } from '../../core/clock.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { IntentBody } from '../intent-body.ts';
import type { LimitCheck } from '../limits/limit-check.ts';
import type { OrderFacts, PricedTicket, Readable } from '../limits/order-facts.ts';
import type { ForetoldOutcome } from '../outcome.ts';
import type { AutoPrice } from '../pricing/auto-price.ts';
import type { Ticket } from '../ticket/ticket.ts';

/** A ticket worked out to the last word, at its price. */
export type Worked = { readonly ticket: Ticket; readonly price?: Decimal; readonly found?: AutoPrice };

/** An order that is fully worked out, and has neither been written down nor sent. */
export type Proposal = {
  readonly account: AccountNumber;
  readonly body: IntentBody;
  /** The call as it was asked: plain JSON. */
  readonly asked: unknown;
  readonly parts: readonly PricedTicket[];
  readonly facts: OrderFacts;
  readonly isOpening: boolean;
  /** Dollars that it would reserve against the day; what only closes reserves nothing. */
  readonly notional: Readable<Decimal>;
  /** What the tenant's rules about this order alone say, in their order. */
  readonly checks: readonly LimitCheck[];
  /** Set where only what is held covers it: what was sent since this may have taken that cover. */
  readonly leansSince?: EpochMs;
  /** The broker's dry run; absent where none was needed. */
  readonly foretold?: ForetoldOutcome;
  /** The price, where we found it. */
  readonly found?: AutoPrice;
  readonly repairs: readonly string[];
};
