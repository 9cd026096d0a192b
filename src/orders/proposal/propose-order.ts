import { isBuy } from '../../broker/model/order.ts';
import type { AccountNumber } from '../../broker/model/symbol.ts';
import { negate } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { newYorkDate } from '../../core/new-york.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { UnnamedOrder } from '../intent-body.ts';
import { autoPrice } from '../pricing/auto-price.ts';
import { parseAction } from '../ticket/leg-action.ts';
import { createHoldingsReader } from '../ticket/holdings-reader.ts';
import type { HoldingsReader } from '../ticket/holdings-reader.ts';
import { requirePrice } from '../ticket/limit-price.ts';
import { hasPrice, requireForm } from '../ticket/order-rules.ts';
import { stepsOf } from '../ticket/tick.ts';
import { toOrderLegs } from '../ticket/ticket.ts';
import type { AskedOrder, Ticket } from '../ticket/ticket.ts';
import { writeTicket } from '../ticket/write-ticket.ts';
import { judge } from './judge.ts';
import type { Proposal, Worked } from './proposal.ts';

/** What a caller asks to be placed. `price` is signed, credit positive; absent where we are to find it or there is none. */
export type AskedPlace = AskedOrder & { readonly price?: Decimal };

export type ProposeOptions = {
  /** Whether all figures are wanted, also of an order that needs none of them to be sent. */
  readonly inFull: boolean;
  /** The price that was previewed, for a caller that leaves it out. */
  readonly previewedPrice?: Decimal;
};

/** Works an order out to what would be sent, and judges it. Throws `invalid_input`, `quote_unavailable` and what the broker throws. */
export async function proposeOrder(
  asked: AskedPlace,
  account: AccountNumber,
  { context, options }: { readonly context: TenantContext; readonly options: ProposeOptions },
): Promise<Proposal> {
  const holdings = createHoldingsReader(account, context);
  const worked = await workOut(asked, { context, holdings, options });
  const request = requestOf(worked);
  return judge({
    account,
    body: { action: 'place', request },
    asked: askedWords(asked),
    worked: [worked],
    holdings,
    inFull: options.inFull,
    dryRun: (externalId) =>
      context.broker.orders.preview(account, { ...request, externalId }, { signal: context.signal }),
    context,
  });
}

type Working = {
  readonly context: TenantContext;
  readonly holdings: HoldingsReader;
  readonly options: Omit<ProposeOptions, 'inFull'>;
};

export async function workOut(asked: AskedPlace, { context, holdings, options }: Working): Promise<Worked> {
  requireForm(asked, asked.price, newYorkDate(context.clock.now()));
  const ticket = await writeTicket(asked, holdings, context);
  if (!hasPrice(ticket.orderType)) return { ticket };
  const given = asked.price ?? options.previewedPrice;
  if (given === undefined) {
    const found = await autoPrice(ticket, context);
    return { ticket, price: found.price, found };
  }
  const actions = ticket.legs.map((leg) => leg.action);
  requirePrice(given, actions, stepsOf(ticket));
  return { ticket, price: given };
}

export function requestOf({ ticket, price }: Worked): UnnamedOrder {
  const { orderType, timeInForce, goodUntil, stopTrigger, value } = ticket;
  return {
    orderType,
    timeInForce,
    ...(goodUntil === undefined ? {} : { goodUntil }),
    ...(price === undefined ? {} : { price }),
    ...(stopTrigger === undefined ? {} : { stopTrigger }),
    ...(value === undefined ? {} : { value: signedValue(value, ticket) }),
    legs: toOrderLegs(ticket),
  };
}

/** Signed like a price: buying pays. */
const signedValue = (value: Decimal, { legs }: Ticket): Decimal =>
  legs.every((leg) => isBuy(leg.action)) ? negate(value) : value;

/** The call's own words, in one spelling: what makes a second call the same call. */
export function askedWords({ legs, ...terms }: AskedPlace): unknown {
  return { ...terms, legs: legs.map(({ action, ...leg }) => ({ ...leg, action: parseAction(action) })) };
}
