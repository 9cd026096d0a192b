import type { WireObject } from '../engine/desk.ts';
import type { Expiration, Listing } from '../engine/market.ts';
import { notFound } from '../wire-refusal.ts';
import type { World } from '../world.ts';
import { daysTo, expiryTimes, recordId, tickSizes } from './instrument-wire.ts';
import { equityOptionWire, futureOptionWire, nestedEquityExpiration, nestedFutureExpiration } from './option-wire.ts';
import { get, list, one, param, type Call, type Route } from './route.ts';

type Chain = { readonly listing: Listing; readonly expirations: readonly Expiration[] };

/** Chains of stocks, funds and indices, in their three shapes, and of futures products in two. */
export function optionChainRoutes(world: World): readonly Route[] {
  return [...equityChains(world), ...futureChains(world)];
}

function equityChains(world: World): readonly Route[] {
  const { market, clock } = world;
  const chainOf = (call: Call, parameter: string): Chain => {
    const symbol = param(call, parameter);
    const listing = market.listings.find((one) => one.symbol === symbol && one.kind !== 'future-product');
    const expirations = listing === undefined ? [] : market.expirations(symbol, clock.now());
    if (listing === undefined || expirations.length === 0) throw notFound(`option chain for ${symbol}`);
    return { listing, expirations };
  };
  const full = (call: Call, parameter: string) => {
    const { expirations } = chainOf(call, parameter);
    const now = clock.now();
    return list(
      call,
      expirations.flatMap((expiration) =>
        expiration.strikes.flatMap(({ call: calls, put }) => [
          equityOptionWire(calls, expiration, now),
          equityOptionWire(put, expiration, now),
        ]),
      ),
    );
  };
  return [
    get('/option-chains/:symbol/nested', (call) => {
      const { listing, expirations } = chainOf(call, 'symbol');
      const byRoot = Map.groupBy(expirations, ({ root }) => root);
      return list(
        call,
        [...byRoot].map(([root, ofRoot]) => ({
          ...chainHead(listing, root),
          'tick-sizes': tickSizes(listing.optionTicks),
          deliverables: [deliverable(listing, root)],
          expirations: ofRoot.map((expiration) => nestedEquityExpiration(expiration, clock.now())),
        })),
      );
    }),
    get('/option-chains/:symbol/compact', (call) => {
      const { listing, expirations } = chainOf(call, 'symbol');
      const groups = Map.groupBy(expirations, ({ root, type, settlement }) => `${root} ${type} ${settlement}`);
      return list(
        call,
        [...groups.values()].map((group) => compactChain(listing, group)),
      );
    }),
    get('/option-chains/:symbol', (call) => full(call, 'symbol')),
    get('/option-chains/*', (call) => full(call, '*')),
  ];
}

const chainHead = (listing: Listing, root: string): WireObject => ({
  'underlying-symbol': listing.symbol,
  'root-symbol': root,
  'option-chain-type': 'Standard',
  'shares-per-contract': 100,
});

const deliverable = (listing: Listing, root: string): WireObject => ({
  id: recordId(`deliverable ${root}`),
  'root-symbol': root,
  'deliverable-type': 'Shares',
  description: `100 shares of ${listing.symbol}`,
  amount: '100.0',
  symbol: listing.symbol,
  'instrument-type': 'Equity',
  percent: '100',
});

function compactChain(listing: Listing, group: readonly Expiration[]): WireObject {
  const [first] = group;
  const contracts = group.flatMap(({ strikes }) => strikes.flatMap(({ call, put }) => [call, put]));
  return {
    ...chainHead(listing, first?.root ?? listing.symbol),
    'settlement-type': first?.settlement,
    'expiration-type': first?.type,
    deliverables: [deliverable(listing, first?.root ?? listing.symbol)],
    symbols: contracts.map(({ symbol }) => symbol),
    'streamer-symbols': contracts.flatMap(({ streamerSymbol }) => streamerSymbol ?? []),
  };
}

function futureChains(world: World): readonly Route[] {
  const { market, clock } = world;
  const chainOf = (call: Call) => {
    const code = param(call, 'product');
    const listing = market.listings.find(({ product }) => product?.code === code);
    const expirations = listing === undefined ? [] : market.expirations(listing.symbol, clock.now());
    if (listing?.product === undefined || expirations.length === 0) throw notFound(`future option chain for ${code}`);
    return { listing, product: listing.product, expirations };
  };
  return [
    get('/futures-option-chains/:product/nested', (call) => {
      const { listing, expirations } = chainOf(call);
      const now = clock.now();
      const chain = {
        'underlying-symbol': listing.symbol,
        'root-symbol': listing.symbol,
        'exercise-style': 'American',
        expirations: expirations.map((expiration) => nestedFutureExpiration(expiration, now)),
      };
      return one(call, { futures: futuresOf(world, listing), 'option-chains': [chain] });
    }),
    get('/futures-option-chains/:product', (call) => {
      const { product, expirations } = chainOf(call);
      const now = clock.now();
      return list(
        call,
        expirations.flatMap((expiration) =>
          expiration.strikes.flatMap(({ call: calls, put }) => [
            futureOptionWire(calls, { expiration, product, now }),
            futureOptionWire(put, { expiration, product, now }),
          ]),
        ),
      );
    }),
  ];
}

function futuresOf({ market, clock }: World, listing: Listing): readonly WireObject[] {
  const now = clock.now();
  return market.futures(listing.symbol, now).map((future, place) => ({
    symbol: future.symbol,
    'root-symbol': listing.symbol,
    ...(future.streamerSymbol === undefined ? {} : { 'streamer-symbol': future.streamerSymbol }),
    'expiration-date': future.expiration,
    ...(future.expiration === undefined ? {} : { 'days-to-expiration': daysTo(future.expiration, now) }),
    'active-month': place === 0,
    'next-active-month': place === 1,
    ...expiryTimes(future.expiresAt),
  }));
}
