import type { ChainExpiration, ChainStrike, OptionChain, OptionContract } from '../../broker/model/chain.ts';
import type { IsoDate, OptionSide } from '../../broker/model/symbol.ts';
import { absolute, compare, subtract } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';

const DATES_SHOWN = 60;

/** One option of a chain, with its place in it. */
export type ChainOption = { readonly side: OptionSide; readonly strike: Decimal; readonly contract: OptionContract };

export type StrikeFilter = {
  readonly side?: OptionSide | undefined;
  readonly minStrike?: Decimal | undefined;
  readonly maxStrike?: Decimal | undefined;
  readonly moneyness: 'all' | 'in' | 'out';
  /** Price of the underlying, where it is known. */
  readonly price?: Decimal | undefined;
};

/** The expiration of this day. Throws `not_found` with the days there are, `choice_needed` when two roots share it. */
export function chooseExpiration(chain: OptionChain, date: IsoDate, root: string | undefined): ChainExpiration {
  const matches = chain.expirations.filter((each) => each.date === date && (root === undefined || each.root === root));
  const [first, ...others] = matches;
  if (first === undefined) {
    const dates = [...new Set(chain.expirations.map((each) => each.date))];
    const withRoot = root === undefined ? '' : ` of root ${root}`;
    throw new GatewayError('not_found', `${chain.underlying} has no options${withRoot} that expire on ${date}.`, {
      details: {
        available_dates: dates.slice(0, DATES_SHOWN),
        roots: [...new Set(chain.expirations.map((e) => e.root))],
      },
      advice: 'Ask for one of the available dates.',
    });
  }
  if (others.length === 0) return first;
  throw new GatewayError('choice_needed', `Several kinds of ${chain.underlying} options expire on ${date}.`, {
    details: { roots: matches.map((each) => ({ root: each.root, type: each.type, settlement: each.settlement })) },
    advice: 'Say which with root.',
  });
}

/** The strikes that pass, nearest to the price first where it is known, else lowest first. */
export function strikesByNearness(expiration: ChainExpiration, filter: StrikeFilter): readonly ChainStrike[] {
  const { price, minStrike, maxStrike } = filter;
  const kept = expiration.strikes.filter(
    ({ strike }) =>
      (minStrike === undefined || compare(strike, minStrike) >= 0) &&
      (maxStrike === undefined || compare(strike, maxStrike) <= 0),
  );
  const wanted = kept.filter((strike) => optionsOf(strike, filter).length > 0);
  if (price === undefined) return wanted;
  const distance = ({ strike }: ChainStrike): Decimal => absolute(subtract(strike, price));
  return wanted.toSorted((a, b) => compare(distance(a), distance(b)));
}

/** The call and the put of a strike, as far as they exist and pass. */
export function optionsOf({ strike, call, put }: ChainStrike, { side, moneyness, price }: StrikeFilter): ChainOption[] {
  const both = [
    { side: 'C' as const, strike, contract: call },
    { side: 'P' as const, strike, contract: put },
  ];
  return both.flatMap((option) => {
    if (option.contract === undefined || (side !== undefined && option.side !== side)) return [];
    if (moneyness !== 'all' && moneyness !== moneynessOf(option, price)) return [];
    return [{ ...option, contract: option.contract }];
  });
}

/** A strike at the price itself is out of the money on both sides. */
function moneynessOf(
  { side, strike }: Omit<ChainOption, 'contract'>,
  price: Decimal | undefined,
): 'in' | 'out' | undefined {
  if (price === undefined) return undefined;
  const isIn = side === 'C' ? compare(strike, price) < 0 : compare(strike, price) > 0;
  return isIn ? 'in' : 'out';
}

/** In the order of a chain on paper: by strike, the call before the put. */
export function inChainOrder(options: readonly ChainOption[]): ChainOption[] {
  return options.toSorted((a, b) => compare(a.strike, b.strike) || (a.side < b.side ? -1 : 1));
}
