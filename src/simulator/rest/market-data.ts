import type { Contract } from '../engine/market.ts';
import { notFound, validationError } from '../wire-refusal.ts';
import type { World } from '../world.ts';
import { marketDataWire } from './market-data-wire.ts';
import { looseValues } from './query.ts';
import { get, one, param, type Call, type Route } from './route.ts';

type Kind = Contract['instrumentType'];

/** The query key of each kind, and what may answer to it: an index is found as an equity too. */
const KINDS: Readonly<Record<string, readonly Kind[]>> = {
  index: ['Index'],
  equity: ['Equity', 'Index'],
  'equity-option': ['Equity Option'],
  future: ['Future'],
  'future-option': ['Future Option'],
  cryptocurrency: ['Cryptocurrency'],
};
const MAX_SYMBOLS = 100;

/** Prices by symbol, for when no stream is wanted. Unknown symbols are simply absent. */
export function marketDataRoutes(world: World): readonly Route[] {
  const { market, clock } = world;
  const contractOf = (kinds: readonly Kind[], symbol: string): Contract | undefined => {
    const contract = market.find(symbol, clock.now());
    return contract !== undefined && kinds.includes(contract.instrumentType) ? contract : undefined;
  };
  return [
    get('/market-data/by-type', (call) => {
      const items = wantedSymbols(call).flatMap(({ kinds, symbol }) => {
        const contract = contractOf(kinds, symbol);
        return contract === undefined ? [] : [marketDataWire(market, contract, clock.now())];
      });
      return { status: 200, body: { data: { items }, pagination: null, context: call.context } };
    }),
    get('/market-data/:kind/*', (call) => {
      const kinds = KINDS[param(call, 'kind').toLowerCase().replaceAll(' ', '-')];
      const contract = kinds && contractOf(kinds, param(call, '*'));
      if (contract === undefined) throw notFound(`market data for ${param(call, '*')}`);
      return one(call, marketDataWire(market, contract, clock.now()));
    }),
  ];
}

function wantedSymbols(call: Call): readonly { kinds: readonly Kind[]; symbol: string }[] {
  const wanted = Object.entries(KINDS).flatMap(([key, kinds]) =>
    looseValues(call.query, key).map((symbol) => ({ kinds, symbol })),
  );
  if (wanted.length > MAX_SYMBOLS) {
    throw validationError([{ domain: 'symbols', reason: `must not be more than ${MAX_SYMBOLS}` }]);
  }
  return wanted;
}
