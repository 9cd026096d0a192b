import * as z from 'zod';
import { wirePosition } from './position.ts';
import { wireRealized } from './realized.ts';
import type { Realized } from './realized.ts';
import type { Position } from '../../model/account.ts';

/** A position, and what its closing trades brought where that is told. A position that is not understood fails the whole. */
export type Holding = { readonly position: Position; readonly realized?: Realized };

const told = wireRealized.optional().catch(undefined);

export const wireHolding = z.record(z.string(), z.unknown()).transform((item, ctx): Holding => {
  // What is held is known also where what it brought is not.
  const position = wirePosition.safeParse({ ...item, 'realized-today': undefined, 'realized-today-effect': undefined });
  if (!position.success) {
    ctx.addIssue({ code: 'custom', message: 'a position that is not understood' });
    return z.NEVER;
  }
  const realized = told.parse(item);
  return { position: position.data, ...(realized === undefined ? {} : { realized }) };
});
