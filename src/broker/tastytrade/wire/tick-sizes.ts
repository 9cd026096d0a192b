import * as z from 'zod';
import { maybeText, maybeUnsigned, positive } from './primitives.ts';
import type { TickBand } from '../../model/instrument.ts';
import { compare } from '../../../core/decimal.ts';

const wireTick = z.object({ threshold: maybeUnsigned, value: positive, symbol: maybeText });

/** Bands with a `symbol` are of a spread with that symbol, not of the instrument itself. */
function bandsOf(ticks: readonly z.output<typeof wireTick>[]): readonly TickBand[] {
  const own = ticks.filter((tick) => tick.symbol === undefined);
  const bounded = own.flatMap(({ threshold, value }) =>
    threshold === undefined ? [] : [{ below: threshold, step: value }],
  );
  const open = own.filter((tick) => tick.threshold === undefined).map(({ value }) => ({ step: value }));
  return [...bounded.toSorted((a, b) => compare(a.below, b.below)), ...open.slice(0, 1)];
}

/** `[{ threshold, value }, { value }]`, in any order, as ascending bands. Absent: none are known. */
export const wireTickSizes = z
  .array(wireTick)
  .nullish()
  .transform((ticks) => bandsOf(ticks ?? []));
