import * as z from 'zod';
import {
  amount,
  effect,
  id,
  maybeAmount,
  maybeDate,
  maybeFlag,
  maybeId,
  maybeText,
  maybeTime,
  maybeUnsigned,
  signed,
  text,
  unsigned,
} from './primitives.ts';
import { present } from './present.ts';
import type { Fill, PlacedLeg, PlacedOrder } from '../../model/order.ts';
import { accountNumber, brokerSymbol } from '../../model/symbol.ts';
import { quoted } from '../../../core/quoted.ts';

const wireFill = z
  .object({ 'fill-id': maybeId, quantity: unsigned, 'fill-price': amount, 'filled-at': maybeTime })
  .transform((wire): Fill => ({
    ...present({ id: wire['fill-id'], at: wire['filled-at'] }),
    quantity: wire.quantity,
    price: wire['fill-price'],
  }));

const wireLeg = z
  .object({
    symbol: text,
    'instrument-type': text,
    action: text,
    quantity: maybeUnsigned,
    'remaining-quantity': maybeUnsigned,
    fills: z.array(wireFill).nullish(),
  })
  .transform((wire): PlacedLeg => ({
    ...present({ quantity: wire.quantity, remaining: wire['remaining-quantity'] }),
    symbol: brokerSymbol(wire.symbol),
    type: wire['instrument-type'],
    action: wire.action,
    fills: wire.fills ?? [],
  }));

const fields = z.object({
  id,
  'account-number': text,
  status: text,
  'order-type': text,
  'time-in-force': text,
  'gtc-date': maybeDate,
  'underlying-symbol': maybeText,
  size: maybeUnsigned,
  price: maybeAmount,
  'price-effect': effect,
  'stop-trigger': maybeAmount,
  value: maybeAmount,
  'value-effect': effect,
  legs: z.array(wireLeg),
  cancellable: maybeFlag,
  editable: maybeFlag,
  'reject-reason': maybeText,
  'replaces-order-id': maybeId,
  'replacing-order-id': maybeId,
  'complex-order-id': maybeId,
  'external-identifier': maybeText,
  'received-at': maybeTime,
  'updated-at': maybeTime,
});

type Fields = z.output<typeof fields>;

const VALUED: ReadonlySet<unknown> = new Set(['Credit', 'Debit']);

const valueOf = (wire: Fields) => ({ field: 'value', amount: wire.value, effect: wire['value-effect'] });

function links(wire: Fields) {
  return present({
    replaces: wire['replaces-order-id'],
    replacedBy: wire['replacing-order-id'],
    complexOrderId: wire['complex-order-id'],
    externalId: wire['external-identifier'],
    receivedAt: wire['received-at'],
    updatedAt: wire['updated-at'],
  });
}

/** An order as the broker holds it: one that has an id. */
export const wireOrder = fields.transform((wire, ctx): PlacedOrder => {
  const underlying = wire['underlying-symbol'];
  const reason = wire['reject-reason'];
  return {
    ...links(wire),
    ...present({
      goodUntil: wire['gtc-date'],
      underlying: underlying === undefined ? undefined : brokerSymbol(underlying),
      size: wire.size,
      price: signed(ctx, { field: 'price', amount: wire.price, effect: wire['price-effect'] }),
      stopTrigger: wire['stop-trigger'],
      // Only told, never traded by: without its effect it is left out, and the order is still read.
      value: VALUED.has(wire['value-effect']) ? signed(ctx, valueOf(wire)) : undefined,
      rejectReason: reason === undefined ? undefined : quoted(reason),
    }),
    id: wire.id,
    account: accountNumber(wire['account-number']),
    status: wire.status,
    orderType: wire['order-type'],
    timeInForce: wire['time-in-force'],
    legs: wire.legs,
    isCancellable: wire.cancellable,
    isEditable: wire.editable,
  };
});
