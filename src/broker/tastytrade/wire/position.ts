import * as z from 'zod';
import { effect, maybeAmount, maybeText, maybeTime, maybeUnsigned, signed, text, unsigned } from './primitives.ts';
import { present } from './present.ts';
import type { Position } from '../../model/account.ts';
import { accountNumber, brokerSymbol, streamerSymbol } from '../../model/symbol.ts';
import { absolute, isNegative, negate } from '../../../core/decimal.ts';
import type { Decimal } from '../../../core/decimal.ts';

const fields = z.object({
  'account-number': text,
  symbol: text,
  'streamer-symbol': maybeText,
  'instrument-type': text,
  'underlying-symbol': text,
  quantity: unsigned,
  'quantity-direction': z.enum(['Long', 'Short', 'Zero']),
  multiplier: maybeUnsigned,
  'average-open-price': maybeAmount,
  'close-price': maybeAmount,
  'mark-price': maybeAmount,
  mark: maybeAmount,
  'realized-today': maybeAmount,
  'realized-today-effect': effect,
  'expires-at': maybeTime,
  'updated-at': maybeTime,
});

type Fields = z.output<typeof fields>;

/** The broker's mark with the sign of the side held; a price below zero turns it round once more. */
function signedMark(wire: Fields): Decimal | undefined {
  if (wire.mark === undefined) return undefined;
  const isPriceNegative = isNegative(wire['mark-price'] ?? wire.mark);
  const isAgainst = (wire['quantity-direction'] === 'Short') !== isPriceNegative;
  const size = absolute(wire.mark);
  return isAgainst ? negate(size) : size;
}

export const wirePosition = fields.transform((wire, ctx): Position => {
  const streamer = wire['streamer-symbol'];
  return {
    ...present({
      streamerSymbol: streamer === undefined ? undefined : streamerSymbol(streamer),
      multiplier: wire.multiplier,
      averageOpenPrice: wire['average-open-price'],
      closePrice: wire['close-price'],
      markPrice: wire['mark-price'],
      mark: signedMark(wire),
      realizedToday: signed(ctx, {
        field: 'realized-today',
        amount: wire['realized-today'],
        effect: wire['realized-today-effect'],
      }),
      expiresAt: wire['expires-at'],
      updatedAt: wire['updated-at'],
    }),
    account: accountNumber(wire['account-number']),
    symbol: brokerSymbol(wire.symbol),
    type: wire['instrument-type'],
    underlying: brokerSymbol(wire['underlying-symbol']),
    quantity: wire.quantity,
    direction: wire['quantity-direction'],
  };
});
