import * as z from 'zod';
import { date, flag, maybeFlag, maybeText, positive, text } from './primitives.ts';
import { present } from './present.ts';
import { wireTickSizes } from './tick-sizes.ts';
import type { Instrument } from '../../model/instrument.ts';
import { brokerSymbol, streamerSymbol } from '../../model/symbol.ts';
import type { IsoDate } from '../../model/symbol.ts';
import { decimal } from '../../../core/decimal.ts';
import { quoted } from '../../../core/quoted.ts';

/** An instrument and what else decides whether it is the one meant. */
export type Listed = { readonly instrument: Instrument; readonly isActive: boolean };
export type ListedFuture = Listed & {
  readonly product: string;
  readonly isActiveMonth: boolean;
  readonly expiration: IsoDate;
};

const ONE = decimal('1');

const naming = z.object({ symbol: text, 'streamer-symbol': maybeText, description: maybeText });

function named(wire: z.output<typeof naming>) {
  const { description, 'streamer-symbol': streamer } = wire;
  return {
    ...present({
      streamerSymbol: streamer === undefined ? undefined : streamerSymbol(streamer),
      description: description === undefined ? undefined : quoted(description),
    }),
    symbol: brokerSymbol(wire.symbol),
    underlying: brokerSymbol(wire.symbol),
  };
}

/** A share, fund or index: an index is typed `Equity` with `is-index`, or `Index`. */
export const wireEquity = z
  .object({
    ...naming.shape,
    'instrument-type': text,
    'is-index': maybeFlag,
    'is-closing-only': maybeFlag,
    active: flag.nullish(),
    'tick-sizes': wireTickSizes,
  })
  .transform((wire): Listed => ({
    instrument: {
      ...named(wire),
      type: wire['is-index'] || wire['instrument-type'] === 'Index' ? 'Index' : 'Equity',
      multiplier: ONE,
      ticks: wire['tick-sizes'],
      isClosingOnly: wire['is-closing-only'],
    },
    isActive: wire.active ?? true,
  }));

export const wireCryptocurrency = z
  .object({ ...naming.shape, 'tick-size': positive, 'is-closing-only': maybeFlag, active: flag.nullish() })
  .transform((wire): Listed => ({
    instrument: {
      ...named(wire),
      type: 'Cryptocurrency',
      multiplier: ONE,
      ticks: [{ step: wire['tick-size'] }],
      isClosingOnly: wire['is-closing-only'],
    },
    isActive: wire.active ?? true,
  }));

export const wireFuture = z
  .object({
    ...naming.shape,
    'product-code': text,
    'notional-multiplier': positive,
    'tick-size': positive,
    'tick-sizes': wireTickSizes,
    'expiration-date': date,
    'is-closing-only': maybeFlag,
    'active-month': maybeFlag,
    active: flag.nullish(),
    'future-product': z.object({ description: maybeText }).nullish(),
  })
  .transform((wire): ListedFuture => {
    const described = { ...wire, description: wire.description ?? wire['future-product']?.description };
    return {
      instrument: {
        ...named(described),
        type: 'Future',
        multiplier: wire['notional-multiplier'],
        ticks: wire['tick-sizes'].length > 0 ? wire['tick-sizes'] : [{ step: wire['tick-size'] }],
        isClosingOnly: wire['is-closing-only'],
      },
      isActive: wire.active ?? true,
      product: wire['product-code'],
      isActiveMonth: wire['active-month'],
      expiration: wire['expiration-date'],
    };
  });

/** Read only to learn whose option it is. */
export const wireEquityOption = z
  .object({ symbol: text, 'underlying-symbol': text, 'root-symbol': text })
  .transform((wire) => ({ symbol: brokerSymbol(wire.symbol), underlying: wire['underlying-symbol'] }));
