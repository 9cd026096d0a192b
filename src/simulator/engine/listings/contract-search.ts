import { productCodeOf } from '../chains/dated-futures.ts';
import type { DatedFutures } from '../chains/dated-futures.ts';
import type { OptionChains, WantedOption } from '../chains/option-chains.ts';
import { parseEquityOption, parseFutureOption, parseFutureOptionStreamer } from '../chains/option-symbols.ts';
import type { Contract } from '../market.ts';
import type { Product } from './product.ts';

export type ContractSearch = {
  find(symbol: string, at: number): Contract | undefined;
  findByStreamerSymbol(streamerSymbol: string, at: number): Contract | undefined;
};

type Dependencies = {
  readonly products: ReadonlyMap<string, Product>;
  readonly futures: DatedFutures;
  readonly chains: OptionChains;
};

/** Both names are answered only when the contract found bears exactly that name. */
export function createContractSearch({ products, futures, chains }: Dependencies): ContractSearch {
  const undated = [...products.values()].flatMap(undatedContract);
  const bySymbol = new Map(undated.map((contract) => [contract.symbol, contract]));
  const byStreamerSymbol = new Map(undated.map((contract) => [contract.streamerSymbol, contract]));
  const byRoot = productsByRoot(products);
  const futureProducts = [...products.values()].filter(({ listing }) => listing.product !== undefined);

  const future = (name: string, at: number): Contract | undefined => {
    const product = products.get(`/${productCodeOf(name)}`);
    if (product === undefined) return undefined;
    return futures
      .futures(product, at)
      .find(({ symbol, streamerSymbol }) => symbol === name || streamerSymbol === name);
  };
  const equityOption = (name: string, at: number): Contract | undefined => {
    const wanted = parseEquityOption(name);
    const product = wanted === undefined ? undefined : byRoot.get(wanted.code);
    return wanted === undefined || product === undefined ? undefined : chains.find(product, wanted, at);
  };
  const futureOption = (wanted: WantedOption | undefined, at: number): Contract | undefined => {
    if (wanted === undefined) return undefined;
    for (const product of futureProducts) {
      const found = chains.find(product, wanted, at);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  return {
    find(symbol, at) {
      const found = symbol.startsWith('./')
        ? futureOption(parseFutureOption(symbol), at)
        : (bySymbol.get(symbol) ?? (symbol.startsWith('/') ? future(symbol, at) : equityOption(symbol, at)));
      return found?.symbol === symbol ? found : undefined;
    },
    findByStreamerSymbol(name, at) {
      const found = name.startsWith('./')
        ? futureOption(parseFutureOptionStreamer(name), at)
        : (byStreamerSymbol.get(name) ?? (name.startsWith('/') ? future(name, at) : equityOption(name, at)));
      return found?.streamerSymbol === name ? found : undefined;
    },
  };
}

const TYPES = { equity: 'Equity', etf: 'Equity', index: 'Index', crypto: 'Cryptocurrency' } as const;
const CRYPTO_VENUE = 'CXTALP';

function undatedContract({ listing, isDead }: Product): readonly Contract[] {
  if (listing.kind === 'future-product') return [];
  const { symbol, kind, multiplier, ticks } = listing;
  const streamerSymbol = kind === 'crypto' ? `${symbol}:${CRYPTO_VENUE}` : symbol;
  return [
    { symbol, instrumentType: TYPES[kind], listing, streamerSymbol, underlying: symbol, multiplier, ticks, isDead },
  ];
}

function productsByRoot(products: ReadonlyMap<string, Product>): ReadonlyMap<string, Product> {
  return new Map(
    [...products.values()].flatMap((product) => product.optionRoots.map(({ root }) => [root, product] as const)),
  );
}
