import * as z from 'zod';
import { effect, maybeAmount, maybeText, signed } from './primitives.ts';
import { present } from './present.ts';
import { withoutTokens } from '../broker-error.ts';
import type { BuyingPowerEffect, OrderEffects, OrderRemark } from '../../model/order.ts';
import { quoted } from '../../../core/quoted.ts';

const MAX_CODE = 80;

const wireRemark = z.object({ code: maybeText, message: maybeText }).transform((wire): OrderRemark => ({
  code: quoted(wire.code ?? 'unspecified', MAX_CODE),
  message: quoted(withoutTokens(wire.message ?? '')),
}));

const remarks = z
  .array(wireRemark)
  .nullish()
  .transform((list) => list ?? []);

const wireBuyingPower = z
  .object({
    'change-in-buying-power': maybeAmount,
    'change-in-buying-power-effect': effect,
    'change-in-margin-requirement': maybeAmount,
    'change-in-margin-requirement-effect': effect,
    'current-buying-power': maybeAmount,
    'current-buying-power-effect': effect,
    'new-buying-power': maybeAmount,
    'new-buying-power-effect': effect,
    'isolated-order-margin-requirement': maybeAmount,
    'isolated-order-margin-requirement-effect': effect,
  })
  .transform((wire, ctx): BuyingPowerEffect => {
    const read = (
      field:
        | 'change-in-buying-power'
        | 'change-in-margin-requirement'
        | 'current-buying-power'
        | 'new-buying-power'
        | 'isolated-order-margin-requirement',
    ) => signed(ctx, { field, amount: wire[field], effect: wire[`${field}-effect`] });
    return present({
      changeInBuyingPower: read('change-in-buying-power'),
      changeInMarginRequirement: read('change-in-margin-requirement'),
      currentBuyingPower: read('current-buying-power'),
      newBuyingPower: read('new-buying-power'),
      isolatedMarginRequirement: read('isolated-order-margin-requirement'),
    });
  });

const wireFees = z
  .object({ 'total-fees': maybeAmount, 'total-fees-effect': effect })
  .transform((wire, ctx) =>
    signed(ctx, { field: 'total-fees', amount: wire['total-fees'], effect: wire['total-fees-effect'] }),
  );

/** What stands beside the order in an answer: margin, fees, warnings, and sometimes errors. */
export const wireOrderEffects = z
  .object({
    'buying-power-effect': wireBuyingPower.nullish(),
    'fee-calculation': wireFees.nullish(),
    warnings: remarks,
    errors: remarks,
  })
  .transform((wire): { effects: OrderEffects; errors: readonly OrderRemark[] } => ({
    effects: {
      ...present({ buyingPower: wire['buying-power-effect'], fees: wire['fee-calculation'] }),
      warnings: wire.warnings,
    },
    errors: wire.errors,
  }));
