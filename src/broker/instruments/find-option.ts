import { squash } from './parse-symbol.ts';
import type { OptionTermsText } from './parse-symbol.ts';
import type { ChainExpiration, OptionChain, OptionContract } from '../model/chain.ts';
import type { Instrument } from '../model/instrument.ts';
import { absolute, compare, subtract, toNumber } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';

export type WantedOption = OptionTermsText & {
  /** How the caller named it, for messages. */
  readonly named: string;
  /** Only this root: `SPXW`, or that of a full option symbol. */
  readonly root?: string;
  /** Only options on this future. */
  readonly underlying?: string;
  /** Only the contract of this symbol. */
  readonly symbol?: string;
};

export type FoundOption = { readonly expiration: ChainExpiration; readonly contract: OptionContract };

const NEAREST = 10;

/** `AAPL1`, `2SPX`: an underlying's name with a digit holds adjusted or special contracts, meant only when named. */
function isAdjusted({ root, underlying }: ChainExpiration): boolean {
  return root !== underlying && root.replaceAll(/^\d+|\d+$/gu, '') === underlying;
}

function nearest<Item>(items: readonly Item[], distance: (item: Item) => number): readonly Item[] {
  return items.toSorted((a, b) => distance(a) - distance(b)).slice(0, NEAREST);
}

function nearestDates(pool: readonly ChainExpiration[], wanted: WantedOption): readonly string[] {
  const at = Date.parse(wanted.expiration);
  const dates = [...new Set(pool.map((one) => one.date))];
  return nearest(dates, (date) => Math.abs(Date.parse(date) - at)).toSorted();
}

function nearestStrikes(onDate: readonly ChainExpiration[], wanted: WantedOption): readonly Decimal[] {
  const key = wanted.side === 'C' ? 'call' : 'put';
  const strikes = onDate.flatMap((one) => one.strikes.filter((row) => row[key] !== undefined).map((row) => row.strike));
  const distance = (strike: Decimal): number => toNumber(absolute(subtract(strike, wanted.strike)));
  return nearest([...new Set(strikes)], distance).toSorted(compare);
}

function noSuchDate(pool: readonly ChainExpiration[], wanted: WantedOption): GatewayError {
  return new GatewayError('not_found', `There are no options on ${wanted.named} that expire on ${wanted.expiration}.`, {
    advice: 'Choose one of the nearest expirations.',
    details: { nearestExpirations: nearestDates(pool, wanted) },
  });
}

function noSuchStrike(onDate: readonly ChainExpiration[], wanted: WantedOption): GatewayError {
  const what = wanted.side === 'C' ? 'call' : 'put';
  const message = `There is no ${what} on ${wanted.named} of ${wanted.expiration} with a strike of ${wanted.strike}.`;
  return new GatewayError('not_found', message, {
    advice: 'Choose one of the nearest strikes.',
    details: { nearestStrikes: nearestStrikes(onDate, wanted) },
  });
}

function severalMeant(hits: readonly FoundOption[], wanted: WantedOption): GatewayError {
  const choices = hits.map(({ expiration, contract }) => ({
    symbol: contract.symbol,
    root: expiration.root,
    underlying: expiration.underlying,
    type: expiration.type,
    settlement: expiration.settlement,
  }));
  return new GatewayError('choice_needed', `Several options on ${wanted.named} have this date, strike and side.`, {
    advice: 'They settle differently: ask again with the symbol of the one that is meant.',
    details: { choices },
  });
}

function hitsIn(expiration: ChainExpiration, wanted: WantedOption): readonly FoundOption[] {
  const row = expiration.strikes.find((one) => compare(one.strike, wanted.strike) === 0);
  const contract = wanted.side === 'C' ? row?.call : row?.put;
  if (contract === undefined) return [];
  if (wanted.symbol !== undefined && squash(contract.symbol) !== wanted.symbol) return [];
  return [{ expiration, contract }];
}

/** Finds the one contract that is meant. Throws `not_found` with the nearest there are, or `choice_needed`. */
export function findOption(chain: OptionChain, wanted: WantedOption): FoundOption {
  const pool = chain.expirations.filter(
    (one) =>
      (wanted.root === undefined ? !isAdjusted(one) : one.root === wanted.root) &&
      (wanted.underlying === undefined || one.underlying === wanted.underlying),
  );
  const onDate = pool.filter((one) => one.date === wanted.expiration);
  if (onDate.length === 0) throw noSuchDate(pool, wanted);
  const hits = onDate.flatMap((one) => hitsIn(one, wanted));
  const [only] = hits;
  if (only === undefined) throw noSuchStrike(onDate, wanted);
  if (hits.length > 1) throw severalMeant(hits, wanted);
  return only;
}

/** The found contract as an instrument. The chain does not say whether it is closing-only: the dry run will. */
export function optionInstrument(chain: OptionChain, found: FoundOption, wanted: OptionTermsText): Instrument {
  const { expiration, contract } = found;
  const { strike, side } = wanted;
  return {
    ...contract,
    type: chain.optionType,
    underlying: expiration.underlying,
    description: `${expiration.root} ${expiration.date} ${strike} ${side === 'C' ? 'Call' : 'Put'}`,
    multiplier: expiration.multiplier,
    ticks: expiration.ticks,
    option: { underlying: expiration.underlying, root: expiration.root, side, strike, expiration: expiration.date },
    isClosingOnly: false,
  };
}
