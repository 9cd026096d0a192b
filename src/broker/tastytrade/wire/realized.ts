import * as z from 'zod';
import { amount, effect, maybeDate, signed } from './primitives.ts';
import type { IsoDate } from '../../model/symbol.ts';
import type { Decimal } from '../../../core/decimal.ts';

/** What the closing trades of one position brought on `day`, signed; without a day it is of today. */
export type Realized = { readonly gain: Decimal; readonly day?: IsoDate };

/**
 * The realized gain of one position. Every recorded position has the key, also the barest, which leaves out the effect of
 * its zero: one without it is of no known form, and is not read as one that realized nothing.
 */
export const wireRealized = z
  .object({ 'realized-today': amount, 'realized-today-effect': effect, 'realized-today-date': maybeDate })
  .transform((wire, ctx): Realized => {
    const field = 'realized-today';
    const gain = signed(ctx, { field, amount: wire[field], effect: wire[`${field}-effect`] });
    const day = wire[`${field}-date`];
    return { gain: gain ?? z.NEVER, ...(day === undefined ? {} : { day }) };
  });
