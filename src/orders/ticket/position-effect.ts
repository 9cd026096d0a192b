import type { Position } from '../../broker/model/account.ts';
import type { Instrument } from '../../broker/model/instrument.ts';
import type { LegAction } from '../../broker/model/order.ts';
import { ZERO, add, compare, isNegative, isPositive, negate } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';

/** `quantity` is absent where an amount of money is traded. */
export type SideAsked = {
  readonly instrument: Instrument;
  readonly side: 'Buy' | 'Sell';
  readonly quantity?: Decimal;
};

/**
 * What a plain 'Buy' or 'Sell' of shares, coins or options means, given what is held. It never changes the side, never
 * crosses from long to short or back, and never goes short: that is refused with `invalid_input`, and the caller says what
 * is meant.
 */
export function positionEffect(asked: SideAsked, positions: readonly Position[]): LegAction {
  const held = heldOf(asked.instrument, positions);
  return asked.side === 'Buy' ? buyEffect(asked, held) : sellEffect(asked, held);
}

/** Long is positive, short negative. */
function heldOf({ symbol }: Instrument, positions: readonly Position[]): Decimal {
  const own = positions.filter((position) => position.symbol === symbol && position.direction !== 'Zero');
  return own.reduce(
    (net, { quantity, direction }) => add(net, direction === 'Short' ? negate(quantity) : quantity),
    ZERO,
  );
}

function buyEffect({ instrument, quantity }: SideAsked, held: Decimal): LegAction {
  if (!isNegative(held)) return 'Buy to Open';
  const short = negate(held);
  if (quantity !== undefined && compare(quantity, short) <= 0) return 'Buy to Close';
  throw refusal(`${short} ${instrument.symbol} are held short, and ${quantity ?? 'an amount'} would be bought.`, {
    held,
    advice: `Buy ${short} with 'Buy to Close' first, and the rest with 'Buy to Open' in a second order.`,
  });
}

function sellEffect({ instrument, quantity }: SideAsked, held: Decimal): LegAction {
  if (isPositive(held) && (quantity === undefined || compare(quantity, held) <= 0)) return 'Sell to Close';
  if (isPositive(held)) {
    throw refusal(`Only ${held} ${instrument.symbol} are held, and ${quantity} would be sold.`, {
      held,
      advice: `Sell at most ${held}. To go short, use the action 'Sell to Open' in a second order.`,
    });
  }
  throw refusal(`No ${instrument.symbol} are held, so a plain 'Sell' would go short.`, {
    held,
    advice: "If a short position is meant, use the action 'Sell to Open'.",
  });
}

function refusal(message: string, { held, advice }: { held: Decimal; advice: string }): GatewayError {
  return new GatewayError('invalid_input', message, { details: { field: 'action', held }, advice });
}
