import type { Instrument } from '../../broker/model/instrument.ts';
import type { InstrumentType } from '../../broker/model/symbol.ts';
import { isPositive, isWhole } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';
import type { TicketLeg } from './ticket.ts';

/** Leg caps of the broker; what is not in it cannot be ordered. */
const MOST_LEGS: Partial<Record<InstrumentType, number>> = {
  Equity: 1,
  Future: 1,
  Cryptocurrency: 1,
  'Equity Option': 4,
  'Future Option': 4,
};

/** Throws `invalid_input` unless these instruments can be the legs of one order. */
export function requireOneKind(instruments: readonly Instrument[]): void {
  const [first, ...others] = instruments;
  if (first === undefined) return;
  const most = MOST_LEGS[first.type];
  if (most === undefined) throw refused(`${first.symbol} is of type ${first.type}, which cannot be ordered.`);
  if (others.some((other) => other.type !== first.type)) {
    throw refused('All legs of an order must be of one type.', 'Send one order for each type.');
  }
  if (instruments.length > most)
    throw refused(`An order in ${first.type} has at most ${most} leg${most > 1 ? 's' : ''}.`);
  if (others.some((other) => rootOf(other) !== rootOf(first))) {
    throw refused('All legs of an order must be of one underlying.', 'Send one order for each underlying.');
  }
  if (new Set(instruments.map((instrument) => instrument.symbol)).size < instruments.length) {
    throw refused('Each leg must be another instrument.', 'Add up the quantities of the same instrument in one leg.');
  }
}

/** Legs on two futures of one product (a calendar) belong together; on two stocks they do not. */
const rootOf = ({ type, underlying }: Instrument): string =>
  type === 'Future Option' ? underlying.replace(/[FGHJKMNQUVXZ]\d{1,2}$/u, '') : underlying;

/** Throws `invalid_input` unless the leg, its action settled, can be traded as it stands. */
export function requireTradable({ instrument, action, quantity }: Omit<TicketLeg, 'ratio'>): void {
  const { type, symbol } = instrument;
  const isPlain = action === 'Buy' || action === 'Sell';
  if (quantity !== undefined) requireQuantity(quantity, instrument);
  if (type === 'Future' && !isPlain) throw refused(`A future takes 'Buy' or 'Sell', not '${action}'.`);
  if (type.endsWith('Option') && isPlain) {
    throw refused(
      `'${action}' does not say whether ${symbol} is opened or closed.`,
      `Use '${action} to Open' or '${action} to Close'.`,
    );
  }
  if (type === 'Cryptocurrency' && action === 'Sell to Open') throw refused(`${symbol} cannot be sold short.`);
  if (instrument.isClosingOnly && action.endsWith('Open')) {
    throw refused(`The broker takes only closing orders in ${symbol}.`);
  }
}

function requireQuantity(quantity: Decimal, { type, symbol }: Instrument): void {
  if (!isPositive(quantity)) {
    throw refused(`The quantity of ${symbol} must be positive; the action says the side.`);
  }
  if (type !== 'Cryptocurrency' && !isWhole(quantity)) {
    throw refused(`The quantity of ${symbol} must be whole; ${quantity} was given.`);
  }
}

function refused(message: string, advice?: string): GatewayError {
  return new GatewayError('invalid_input', message, {
    details: { field: 'legs' },
    ...(advice === undefined ? {} : { advice }),
  });
}
