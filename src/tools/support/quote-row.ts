import { z } from 'zod';
import type { Reading } from '../../broker/broker.ts';
import type { Quote } from '../../broker/model/quote.ts';
import { add, compare, divide, decimal } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { count, itemError, maybeAmount, maybeText } from './output-fields.ts';

const TWO = decimal(2);

export const quoteRow = z.object({
  symbol: z.string(),
  instrument_type: maybeText,
  bid: maybeAmount,
  ask: maybeAmount,
  mid: maybeAmount,
  last: maybeAmount,
  bid_size: maybeAmount,
  ask_size: maybeAmount,
  age_ms: count.optional(),
  error: itemError,
});

/** Halfway between the sides; none when a side is absent or the sides are crossed. */
export function midOf({ bid, ask }: Pick<Quote, 'bid' | 'ask'>): Decimal | undefined {
  if (bid === undefined || ask === undefined || compare(bid, ask) > 0) return undefined;
  return divide(add(bid, ask), TWO);
}

export function quoteValues(reading: Reading<'Quote'> | undefined) {
  if (reading?.kind !== 'value') return undefined;
  const { bid, ask, bidSize, askSize } = reading.event;
  return {
    bid,
    ask,
    mid: midOf(reading.event),
    bid_size: bidSize,
    ask_size: askSize,
    age_ms: Math.round(reading.ageMs),
  };
}
