import { LEG_ACTIONS, ORDER_TYPES, TIMES_IN_FORCE, isTerminal } from '../broker/model/order.ts';
import type { LegAction, PlacedOrder, ReplaceRequest } from '../broker/model/order.ts';
import type { AccountNumber } from '../broker/model/symbol.ts';
import type { Decimal } from '../core/decimal.ts';
import { GatewayError } from '../core/errors.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { requirePrice, requireSameSign } from './limit-price.ts';
import { fromPreview, fromSend } from './outcome.ts';
import type { OrderResult } from './outcome.ts';
import { findSent } from './place.ts';
import { sendOnce } from './settle.ts';
import { stepsOfInstruments } from './tick.ts';
import type { StepAt } from './tick.ts';

export type ReplaceArgs = {
  readonly orderId: string;
  /** Signed, credit positive. */
  readonly price: Decimal;
  readonly dryRun: boolean;
  /** Lets a debit become a credit, or the other way round. */
  readonly allowSignChange: boolean;
};

export type ReplaceResult = OrderResult & { readonly before: PlacedOrder; readonly price: Decimal };

/** Gives a working limit order another price. Throws before anything was sent; what came of a send is always a result. */
export async function replaceOrder(
  args: ReplaceArgs,
  account: AccountNumber,
  context: TenantContext,
): Promise<ReplaceResult> {
  const { orderId, price } = args;
  const { broker, signal } = context;
  const before = await broker.orders.get(account, orderId, { signal });
  const oldPrice = requireReplaceable(before);
  requirePrice(price, before.legs.map(actionOf), await stepsOfOrder(before, context));
  if (!args.allowSignChange) requireSameSign(oldPrice, price);
  const request = toRequest(before, price, context.ids.uuid());
  const told = { account, externalId: request.externalId, before, price };
  if (args.dryRun) {
    const preview = await broker.orders.previewReplace(account, orderId, request, { signal });
    return { ...told, outcome: fromPreview(preview) };
  }
  signal.throwIfAborted();
  const sent = await sendOnce(
    () => broker.orders.replace(account, orderId, request, { signal }),
    findSent(request.externalId, account, context),
    context,
  );
  return { ...told, outcome: fromSend(sent) };
}

function requireReplaceable({ id, status, isEditable, orderType, price }: PlacedOrder): Decimal {
  if (isTerminal(status)) throw refused(`Order ${id} is ${status}, so it can no longer change.`);
  if (!isEditable) throw refused(`The broker does not let order ${id} (${status}) be changed now.`);
  if (price === undefined) throw refused(`Order ${id} is a ${orderType} order, which has no price to change.`);
  return price;
}

async function stepsOfOrder({ legs }: PlacedOrder, { broker, signal }: TenantContext): Promise<StepAt> {
  const resolutions = await broker.instruments.resolve(
    legs.map(({ symbol }) => ({ symbol })),
    { signal },
  );
  return stepsOfInstruments(
    resolutions.map((resolution) => {
      if (resolution.kind === 'found') return resolution.instrument;
      const { code, message, advice } = resolution.error;
      throw new GatewayError(code, `The price steps of ${resolution.spec.symbol} are not known. ${message}`, {
        advice,
      });
    }),
  );
}

function toRequest(
  { orderType, timeInForce, goodUntil, stopTrigger }: PlacedOrder,
  price: Decimal,
  externalId: string,
) {
  const request: ReplaceRequest = {
    orderType: known(ORDER_TYPES, orderType),
    timeInForce: known(TIMES_IN_FORCE, timeInForce),
    ...(goodUntil === undefined ? {} : { goodUntil }),
    ...(stopTrigger === undefined ? {} : { stopTrigger }),
    price,
    externalId,
  };
  return request;
}

const actionOf = ({ action }: { readonly action: string }): LegAction => known(LEG_ACTIONS, action);

function known<Word extends string>(words: readonly Word[], word: string): Word {
  const found = words.find((each) => each === word);
  if (found !== undefined) return found;
  throw new GatewayError('broker_not_understood', 'The broker describes the order in words that are not known here.', {
    brokerSaid: word,
    advice: 'Cancel it and place a new one.',
  });
}

function refused(message: string): GatewayError {
  return new GatewayError('invalid_input', message, { details: { field: 'order_id' } });
}
