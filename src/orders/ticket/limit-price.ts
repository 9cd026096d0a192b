import type { LegAction } from '../../broker/model/order.ts';
import { isNegative, isZero, negate } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';
import type { StepAt } from './tick.ts';
import { isOnTick, nextTick } from './tick.ts';
import { sideOf } from './ticket.ts';

/** Throws `invalid_input` unless the signed net price (credit positive) can be one of an order with these actions. */
export function requirePrice(price: Decimal, actions: readonly LegAction[], stepAt: StepAt): void {
  if (isZero(price)) throw refused('The price is zero.', 'Give a credit above zero or a debit below zero.');
  const side = sideOf(actions);
  if (side === 'buy' && !isNegative(price)) {
    throw refused(`Buying costs money, so the price is negative (a debit): ${negate(price)}, not ${price}.`);
  }
  if (side === 'sell' && isNegative(price)) {
    throw refused(`Selling brings money, so the price is positive (a credit): ${negate(price)}, not ${price}.`);
  }
  if (isOnTick(price, stepAt)) return;
  const nearest = [nextTick(price, stepAt, 'down'), nextTick(price, stepAt, 'up')].filter((tick) => !isZero(tick));
  throw new GatewayError('invalid_input', `${price} is between two price steps of ${stepAt(price)}.`, {
    details: { field: 'price', given: price, step: stepAt(price), nearest },
    advice: `The nearest valid prices are ${nearest.join(' and ')}.`,
  });
}

/** Throws `invalid_input` when a debit became a credit or the other way round, which is nearly always a slip of the sign. */
export function requireSameSign(before: Decimal, after: Decimal): void {
  if (isNegative(before) === isNegative(after)) return;
  const [was, would] = isNegative(before) ? ['debit', 'credit'] : ['credit', 'debit'];
  throw refused(
    `The order works at ${before} (a ${was}); ${after} would make it a ${would}.`,
    `If only the amount should change, give ${negate(after)}. If the ${would} is meant, set allow_sign_change.`,
  );
}

function refused(message: string, advice?: string): GatewayError {
  return new GatewayError('invalid_input', message, {
    details: { field: 'price' },
    ...(advice === undefined ? {} : { advice }),
  });
}
