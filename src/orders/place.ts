import type { OrderRequest, SendOutcome } from '../broker/model/order.ts';
import type { AccountNumber } from '../broker/model/symbol.ts';
import { epochMs } from '../core/clock.ts';
import type { Decimal } from '../core/decimal.ts';
import { GatewayError } from '../core/errors.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { requirePrice } from './limit-price.ts';
import { fromPreview, fromSend } from './outcome.ts';
import type { OrderResult } from './outcome.ts';
import { autoPrice } from './pricing.ts';
import type { AutoPrice } from './pricing.ts';
import { sendOnce } from './settle.ts';
import { stepsOf } from './tick.ts';
import { toOrderLegs, writeTicket } from './ticket.ts';
import type { AskedOrder, Ticket } from './ticket.ts';

/** The broker's clock and ours may differ by this much when an order is looked for by the time it was sent. */
const CLOCK_SKEW_MS = 60_000;

export type PlaceArgs = AskedOrder & {
  /** Signed, credit positive; absent: found by us. A market order has none. */
  readonly price?: Decimal | undefined;
  readonly dryRun: boolean;
};

export type PlaceResult = OrderResult & { readonly request: OrderRequest; readonly found?: AutoPrice };

/**
 * Ticket → price → (limits, confirmation and ledger row stand here) → dry run, or send once → settle.
 * Throws before anything was sent; what came of a send is always a result.
 */
export async function placeOrder(
  args: PlaceArgs,
  account: AccountNumber,
  context: TenantContext,
): Promise<PlaceResult> {
  if (args.orderType === 'Market' && args.price !== undefined) {
    throw new GatewayError('invalid_input', 'A market order has no price.', {
      details: { field: 'price' },
      advice: "Leave the price out, or use order_type 'Limit'.",
    });
  }
  const ticket = await writeTicket(args, account, context);
  const { price, found } = await priceOf(ticket, args.price, context);
  const request = toRequest(ticket, price, context.ids.uuid());
  const told = { account, externalId: request.externalId, request, ...(found === undefined ? {} : { found }) };
  if (args.dryRun) {
    const preview = await context.broker.orders.preview(account, request, { signal: context.signal });
    return { ...told, outcome: fromPreview(preview) };
  }
  return { ...told, outcome: fromSend(await send(request, account, context)) };
}

type Priced = { readonly price?: Decimal; readonly found?: AutoPrice };

async function priceOf(ticket: Ticket, given: Decimal | undefined, context: TenantContext): Promise<Priced> {
  if (ticket.orderType === 'Market') return {};
  if (given === undefined) {
    const found = await autoPrice(ticket, context);
    return { price: found.price, found };
  }
  requirePrice(
    given,
    ticket.legs.map((leg) => leg.action),
    stepsOf(ticket),
  );
  return { price: given };
}

function toRequest(ticket: Ticket, price: Decimal | undefined, externalId: string): OrderRequest {
  return {
    orderType: ticket.orderType,
    timeInForce: ticket.timeInForce,
    ...(price === undefined ? {} : { price }),
    legs: toOrderLegs(ticket),
    externalId,
  };
}

function send(request: OrderRequest, account: AccountNumber, context: TenantContext): Promise<SendOutcome> {
  const { broker, signal } = context;
  signal.throwIfAborted();
  return sendOnce(
    () => broker.orders.place(account, request, { signal }),
    findSent(request.externalId, account, context),
    context,
  );
}

/** Looks for an order by the identifier that we gave it. */
export function findSent(
  externalId: string,
  account: AccountNumber,
  { broker, clock }: TenantContext,
): (signal: AbortSignal) => Promise<SendOutcome | undefined> {
  const since = epochMs(clock.now() - CLOCK_SKEW_MS);
  return async (signal) => {
    const order = await broker.orders.findByExternalId(account, externalId, since, { signal });
    return order === undefined ? undefined : { kind: 'accepted', order, effects: { warnings: [] } };
  };
}
