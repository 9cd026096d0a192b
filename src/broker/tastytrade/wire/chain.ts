import * as z from 'zod';
import { date, maybeText, positive, text } from './primitives.ts';
import { present } from './present.ts';
import { wireTickSizes } from './tick-sizes.ts';
import type { ChainExpiration, ChainStrike, OptionContract } from '../../model/chain.ts';
import { brokerSymbol, streamerSymbol } from '../../model/symbol.ts';
import { compare, divide } from '../../../core/decimal.ts';

function contract(symbol: string | undefined, streamer: string | undefined): OptionContract | undefined {
  if (symbol === undefined) return undefined;
  return {
    symbol: brokerSymbol(symbol),
    ...(streamer === undefined ? {} : { streamerSymbol: streamerSymbol(streamer) }),
  };
}

const wireStrike = z
  .object({
    'strike-price': positive,
    call: maybeText,
    'call-streamer-symbol': maybeText,
    put: maybeText,
    'put-streamer-symbol': maybeText,
  })
  .transform((wire): ChainStrike => ({
    strike: wire['strike-price'],
    ...present({
      call: contract(wire.call, wire['call-streamer-symbol']),
      put: contract(wire.put, wire['put-streamer-symbol']),
    }),
  }));

/** Recorded chains are not in order. */
const wireStrikes = z.array(wireStrike).transform((strikes) => strikes.toSorted((a, b) => compare(a.strike, b.strike)));

const SETTLEMENTS = ['AM', 'PM', 'Future'] as const;

const settlement = z
  .string()
  .nullish()
  .transform((word) => SETTLEMENTS.find((known) => known === word) ?? 'Unknown');

const byDateThenRoot = (a: ChainExpiration, b: ChainExpiration): number =>
  a.date === b.date
    ? Number(a.root > b.root) - Number(a.root < b.root)
    : Number(a.date > b.date) - Number(a.date < b.date);

/** The options of one root on an equity, fund or index. */
const wireRoot = z
  .object({
    'underlying-symbol': text,
    'root-symbol': text,
    'shares-per-contract': positive,
    'tick-sizes': wireTickSizes,
    expirations: z.array(
      z.object({
        'expiration-type': text,
        'expiration-date': date,
        'settlement-type': settlement,
        strikes: wireStrikes,
      }),
    ),
  })
  .transform((wire): readonly ChainExpiration[] =>
    wire.expirations.map((expiration) => ({
      date: expiration['expiration-date'],
      root: wire['root-symbol'],
      type: expiration['expiration-type'],
      settlement: expiration['settlement-type'],
      underlying: brokerSymbol(wire['underlying-symbol']),
      multiplier: wire['shares-per-contract'],
      ticks: wire['tick-sizes'],
      strikes: expiration.strikes,
    })),
  );

/** `{ items: [root, …] }`: SPX and SPXW are two roots of one underlying. */
export const wireEquityChain = z
  .object({ items: z.array(wireRoot) })
  .transform((data) => data.items.flat().toSorted(byDateThenRoot));

const wireFutureExpiration = z
  .object({
    'underlying-symbol': text,
    'option-root-symbol': text,
    'expiration-type': text,
    'expiration-date': date,
    'settlement-type': settlement,
    'notional-value': positive,
    'display-factor': positive,
    'tick-sizes': wireTickSizes,
    strikes: wireStrikes,
  })
  .transform((wire): ChainExpiration => ({
    date: wire['expiration-date'],
    root: wire['option-root-symbol'],
    type: wire['expiration-type'],
    settlement: wire['settlement-type'],
    underlying: brokerSymbol(wire['underlying-symbol']),
    // Money per point: 0.5 / 0.01 = 50 for /ES, 1 / 0.01 = 100 for /GC.
    multiplier: divide(wire['notional-value'], wire['display-factor']),
    ticks: wire['tick-sizes'],
    strikes: wire.strikes,
  }));

/** `{ futures: [], option-chains: [] }`: one product's options over all its futures. An object, not a list. */
export const wireFutureChain = z
  .object({ 'option-chains': z.array(z.object({ expirations: z.array(wireFutureExpiration) })) })
  .transform((data) => data['option-chains'].flatMap((chain) => chain.expirations).toSorted(byDateThenRoot));
