import { parseSymbol } from './parse-symbol.ts';
import { brokerSymbol } from '../model/symbol.ts';
import type { SharedKey } from '../upstream.ts';

export const equityChainKey = (underlying: string): SharedKey<'chain:equity'> => ({
  kind: 'chain:equity',
  symbol: brokerSymbol(underlying),
});

/** All options of a product (`ES`) are one chain, over all its futures. */
export const futureChainKey = (product: string): SharedKey<'chain:future'> => ({
  kind: 'chain:future',
  symbol: brokerSymbol(`/${product}`),
});

/** `SPXW`, `NDXP`: roots of weekly and afternoon-settled index options, which are not underlyings themselves. */
const ROOT_OF_ANOTHER = /^([A-Z]{2,4})[WP]$/u;

export const underlyingOfRoot = (root: string): string | undefined => ROOT_OF_ANOTHER.exec(root)?.[1];

/** The chains that the options of a symbol, or the symbol itself, may be found in. None where the broker lists no options. */
export function chainKeysOf(symbol: string): readonly SharedKey[] {
  const parsed = parseSymbol(symbol);
  switch (parsed?.kind) {
    case 'equity':
      return equityKeys(parsed.symbol);
    case 'equity-option':
      return equityKeys(parsed.root);
    case 'future':
    case 'future-product':
    case 'future-option':
      return [futureChainKey(parsed.product)];
    case 'cryptocurrency':
    case undefined:
      return [];
  }
}

function equityKeys(name: string): readonly SharedKey[] {
  const underlying = underlyingOfRoot(name);
  return [name, ...(underlying === undefined ? [] : [underlying])].map(equityChainKey);
}
