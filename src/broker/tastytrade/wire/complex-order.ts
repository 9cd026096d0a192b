import * as z from 'zod';
import { id } from './primitives.ts';
import { wireOrder } from './order.ts';
import type { PlacedOrder } from '../../model/order.ts';

/** Several orders that hang together, as the broker holds them: the one that goes first, then the others. */
export type WireComplexOrder = { readonly id: string; readonly parts: readonly [PlacedOrder, ...PlacedOrder[]] };

export const wireComplexOrder = z
  .object({ id, 'trigger-order': wireOrder.nullish(), orders: z.array(wireOrder) })
  .transform((wire, ctx): WireComplexOrder => {
    const trigger = wire['trigger-order'];
    // A part need not say again which complex order it belongs to.
    const [first, ...others] = [...(trigger === undefined || trigger === null ? [] : [trigger]), ...wire.orders].map(
      (part): PlacedOrder => ({ complexOrderId: wire.id, ...part }),
    );
    if (first !== undefined) return { id: wire.id, parts: [first, ...others] };
    ctx.addIssue({ code: 'custom', message: 'no orders in it', path: ['orders'] });
    return z.NEVER;
  });
