import * as z from 'zod';
import { maybeText, text } from './primitives.ts';
import { present } from './present.ts';
import type { SymbolMatch } from '../../model/reference.ts';
import { brokerSymbol } from '../../model/symbol.ts';
import { quoted } from '../../../core/quoted.ts';

/** One found symbol. Answers of 2023 had only the first two keys. */
export const wireSymbolMatch = z
  .object({
    symbol: text,
    description: maybeText,
    'instrument-type': maybeText,
    'listed-market': maybeText,
    options: z.boolean().nullish(),
  })
  .transform((wire): SymbolMatch => ({
    ...present({
      instrumentType: wire['instrument-type'],
      listedMarket: wire['listed-market'],
      hasOptions: wire.options,
    }),
    symbol: brokerSymbol(wire.symbol),
    description: quoted(wire.description ?? ''),
  }));
