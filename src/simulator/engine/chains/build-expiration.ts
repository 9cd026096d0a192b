import type { IsoDate } from '../../../broker/model/symbol.ts';
import { decimal } from '../../../core/decimal.ts';
import type { Decimal } from '../../../core/decimal.ts';
import { formatCivilDay } from '../calendar/civil-day.ts';
import type { Product } from '../listings/product.ts';
import type { Contract, Expiration } from '../market.ts';
import { hashText } from '../prices/seeded-noise.ts';
import type { OptionSeries } from './option-series.ts';
import { equityOptionName, futureOptionName } from './option-symbols.ts';
import type { PriceRange } from './strike-layers.ts';

const SHARES = decimal(100);
/** A strike is far when it stays this many near widths away from every price of the series' life. */
const FAR = 2;
/** Of the far ones, some have no streamer symbol and some are never quoted. */
const ONE_UNSTREAMED_IN = 16;
const ONE_DEAD_IN = 8;

/** The contracts of a series. `life`: between which prices the underlying is from its listing to its expiry. */
export function buildExpiration(
  product: Product,
  series: OptionSeries,
  ladder: { readonly strikes: readonly number[]; readonly life: PriceRange },
): Expiration {
  const { underlying, root, contractCode, expiresAt, type, settlement } = series;
  const distance = FAR * product.strikes.nearWidth;
  const [lowest, highest] = [ladder.life.lowest * (1 - distance), ladder.life.highest * (1 + distance)];
  const date = formatCivilDay(series.day);
  const strikes = ladder.strikes.map((strike) => {
    const terms = { strike, price: decimal(strike), date, isFar: strike < lowest || strike > highest };
    return {
      strike: terms.price,
      call: option(product, series, { ...terms, side: 'C' }),
      put: option(product, series, { ...terms, side: 'P' }),
    };
  });
  return { underlying, root, contractCode, date, expiresAt, type, settlement, strikes };
}

type Terms = {
  readonly side: 'C' | 'P';
  readonly strike: number;
  readonly price: Decimal;
  readonly date: IsoDate;
  readonly isFar: boolean;
};

function option(product: Product, series: OptionSeries, { side, strike, price, date, isFar }: Terms): Contract {
  const { listing } = product;
  const exchange = listing.product?.streamerExchange;
  const name =
    exchange === undefined
      ? equityOptionName(series, side, strike)
      : futureOptionName(series, side, { strike, exchange });
  const lot = hashText(name.symbol) >>> 0;
  return {
    symbol: name.symbol,
    instrumentType: exchange === undefined ? 'Equity Option' : 'Future Option',
    listing,
    ...(isFar && lot % ONE_UNSTREAMED_IN === 1 ? {} : { streamerSymbol: name.streamerSymbol }),
    underlying: series.underlying,
    multiplier: exchange === undefined ? SHARES : listing.multiplier,
    ticks: listing.optionTicks,
    isDead: isFar && lot % ONE_DEAD_IN === 0,
    expiresAt: series.expiresAt,
    expiration: date,
    option: { side, strike: price, root: series.root, settlement: series.settlement },
  };
}
