import type { Instrument, TickBand } from '../../broker/model/instrument.ts';
import { absolute, compare, isMultipleOf, roundToStep } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Ticket } from './ticket.ts';

/** The smallest step of a price near `price`, whatever its sign. */
export type StepAt = (price: Decimal) => Decimal;

/**
 * The steps that the net price of a ticket must keep. Of several legs the coarsest counts, by the ticks of spreads where the broker
 * told them. Throws `broker_not_understood` when it told no ticks at all: then nothing may be priced.
 */
export function stepsOf(ticket: Ticket): StepAt {
  const instruments = ticket.legs.map((leg) => leg.instrument);
  return stepsOfInstruments(instruments);
}

export function stepsOfInstruments(instruments: readonly Instrument[]): StepAt {
  const tables = instruments.map((instrument) => ticksOf(instrument, instruments.length > 1));
  return (price) => tables.map((ticks) => stepIn(ticks, price)).reduce(coarser);
}

function ticksOf({ symbol, ticks, spreadTicks }: Instrument, inSpread: boolean): readonly TickBand[] {
  const table = inSpread ? (spreadTicks ?? ticks) : ticks;
  if (table.length > 0) return table;
  throw new GatewayError('broker_not_understood', `The broker told no price steps for ${symbol}.`, {
    advice: 'Without them no price can be checked; a market order needs none.',
  });
}

function stepIn(ticks: readonly TickBand[], price: Decimal): Decimal {
  const size = absolute(price);
  const band = ticks.find(({ below }) => below === undefined || compare(size, below) < 0) ?? ticks.at(-1);
  if (band === undefined) throw new RangeError('An empty tick table');
  return band.step;
}

const coarser = (a: Decimal, b: Decimal): Decimal => (compare(a, b) >= 0 ? a : b);

export const isOnTick = (price: Decimal, stepAt: StepAt): boolean => isMultipleOf(price, stepAt(price));

/** The next valid price at or above (`up`) or at or below (`down`) the given one, in the sense of signed numbers. */
export function nextTick(price: Decimal, stepAt: StepAt, towards: 'up' | 'down'): Decimal {
  const near = roundToStep(price, stepAt(price), towards);
  // Rounding may have stepped over the edge of a band, where the steps are others.
  return isOnTick(near, stepAt) ? near : roundToStep(near, stepAt(near), towards);
}
