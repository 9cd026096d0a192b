import { LEG_ACTIONS, ORDER_TYPES, TIMES_IN_FORCE, isTerminal } from '../../broker/model/order.ts';
import type { PlacedOrder } from '../../broker/model/order.ts';
import type { Instrument } from '../../broker/model/instrument.ts';
import type { AccountNumber } from '../../broker/model/symbol.ts';
import { ZERO, decimal, divide, isZero, multiply, parseDecimal } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';
import { newYorkDate } from '../../core/new-york.ts';
import { quoted } from '../../core/quoted.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { IntentBody } from '../intent-body.ts';
import { createHoldingsReader } from '../ticket/holdings-reader.ts';
import { requirePrice, requireSameSign } from '../ticket/limit-price.ts';
import { ratioOf } from '../ticket/ratio.ts';
import { stepsOf } from '../ticket/tick.ts';
import type { Ticket, TicketLeg } from '../ticket/ticket.ts';
import { judge } from './judge.ts';
import type { Proposal } from './proposal.ts';

const ONE = decimal(1);

export type AskedReplacement = {
  readonly orderId: string;
  /** Signed, credit positive. */
  readonly price: Decimal;
  /** Lets a debit become a credit, or the other way round. */
  readonly allowSignChange: boolean;
};

type ReplacementTerms = Extract<IntentBody, { action: 'replace' }>['request'];

export type ProposedReplacement = {
  readonly proposal: Proposal;
  readonly request: ReplacementTerms;
  readonly priceBefore: Decimal;
};

/** The call's own words: what makes a second call the same call. */
export const replacementWords = ({ orderId, price, allowSignChange }: AskedReplacement): unknown => ({
  orderId,
  price,
  allowSignChange,
});

/** Works a new price for a working order out, and judges the order at it. Throws `invalid_input` and what the broker throws. */
export async function proposeReplacement(
  asked: AskedReplacement,
  account: AccountNumber,
  { context, inFull }: { readonly context: TenantContext; readonly inFull: boolean },
): Promise<ProposedReplacement> {
  const { broker, signal } = context;
  const { orderId, price } = asked;
  const holdings = createHoldingsReader(account, context);
  const before = await broker.orders.get(account, orderId, { signal });
  const priceBefore = requireReplaceable(before);
  const ticket = await ticketOf(before, context);
  requirePrice(
    price,
    ticket.legs.map((leg) => leg.action),
    stepsOf(ticket),
  );
  if (!asked.allowSignChange) requireSameSign(priceBefore, price);
  const request = requestOf(ticket, price);
  const proposal = await judge({
    account,
    body: { action: 'replace', orderId, request },
    asked: replacementWords(asked),
    worked: [{ ticket, price }],
    holdings,
    inFull,
    dryRun: (externalId) => broker.orders.previewReplace(account, orderId, { ...request, externalId }, { signal }),
    replacing: { orderId, reserved: await reservedBy(before, context) },
    context,
  });
  return { proposal, request, priceBefore };
}

function requireReplaceable({ id, status, isEditable, orderType, price }: PlacedOrder): Decimal {
  if (isTerminal(status)) throw refused(`Order ${id} is ${status}, so it can no longer change.`);
  if (!isEditable) throw refused(`The broker does not let order ${id} be changed now.`, { status: quoted(status, 40) });
  if (price === undefined) {
    throw refused(`Order ${id} has no price to change.`, { order_type: quoted(orderType, 40) });
  }
  return price;
}

/** What is left of a working order, as a ticket. */
async function ticketOf(order: PlacedOrder, context: TenantContext): Promise<Ticket> {
  const instruments = await instrumentsOf(order, context);
  const quantities = order.legs.map((leg) => leg.quantity ?? ONE);
  const ratios = ratioOf(quantities);
  const legs = order.legs.map(({ action, quantity, remaining }, at): TicketLeg => {
    const instrument = instruments[at];
    const left = remaining ?? quantity;
    if (instrument === undefined || left === undefined) throw unreadable('how much of it is left');
    return { instrument, action: known(LEG_ACTIONS, action), quantity: left, ratio: ratios[at] ?? ONE };
  });
  const { orderType, timeInForce, goodUntil, stopTrigger } = order;
  return {
    orderType: known(ORDER_TYPES, orderType),
    timeInForce: known(TIMES_IN_FORCE, timeInForce),
    ...(goodUntil === undefined ? {} : { goodUntil }),
    ...(stopTrigger === undefined ? {} : { stopTrigger }),
    legs,
    repairs: [],
  };
}

async function instrumentsOf({ legs }: PlacedOrder, { broker, signal }: TenantContext): Promise<Instrument[]> {
  const resolutions = await broker.instruments.resolve(
    legs.map(({ symbol }) => ({ symbol })),
    { signal },
  );
  return resolutions.map((resolution) => {
    if (resolution.kind === 'found') return resolution.instrument;
    const { code, message, advice } = resolution.error;
    throw new GatewayError(code, `The price steps of ${resolution.spec.symbol} are not known. ${message}`, { advice });
  });
}

function requestOf({ orderType, timeInForce, goodUntil, stopTrigger }: Ticket, price: Decimal): ReplacementTerms {
  return {
    orderType,
    timeInForce,
    ...(goodUntil === undefined ? {} : { goodUntil }),
    ...(stopTrigger === undefined ? {} : { stopTrigger }),
    price,
  };
}

/**
 * What the replaced order, and those it had replaced itself, have reserved of today's budget for what is not yet filled: that
 * is not reserved twice, and what was filled is not given back.
 */
async function reservedBy({ externalId, legs }: PlacedOrder, { ledger, clock }: TenantContext): Promise<Decimal> {
  const row = externalId === undefined ? undefined : await ledger.intent(externalId);
  const exposure = row?.day === newYorkDate(clock.now()) ? parseDecimal(row.exposure) : undefined;
  const [first] = legs;
  if (exposure === undefined || first?.quantity === undefined || isZero(first.quantity)) return ZERO;
  return multiply(divide(exposure, first.quantity), first.remaining ?? first.quantity);
}

function known<Word extends string>(words: readonly Word[], word: string): Word {
  const found = words.find((each) => each === word);
  if (found !== undefined) return found;
  throw new GatewayError('broker_not_understood', 'The broker describes the order in words that are not known here.', {
    brokerSaid: word,
    advice: 'Cancel it and place a new one.',
  });
}

const unreadable = (what: string): GatewayError =>
  new GatewayError('broker_not_understood', `The broker does not tell of the order ${what}.`, {
    advice: 'Cancel it and place a new one.',
  });

const refused = (message: string, details: Readonly<Record<string, string>> = {}): GatewayError =>
  new GatewayError('invalid_input', message, { details: { field: 'order_id', ...details } });
