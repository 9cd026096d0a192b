import { decimal } from '../../../core/decimal.ts';
import { formatCivilDay } from '../calendar/civil-day.ts';
import type { Product } from '../listings/product.ts';
import type { Contract, Expiration } from '../market.ts';
import { hashText } from '../prices/seeded-noise.ts';
import type { OptionSeries } from './option-series.ts';
import { equityOptionName, futureOptionName } from './option-symbols.ts';

const SHARES = decimal(100);
/** How far from the price at listing, as a fraction, the feed may forget a strike, and nobody may ever quote it. */
const UNSTREAMED_DISTANCE = 0.15;
const DEAD_DISTANCE = 0.3;
const ONE_IN_UNSTREAMED = 16;
const ONE_IN_DEAD = 8;

/** The contracts of a series. `listedAt` is the underlying's price when the series was first listed. */
export function buildExpiration(product: Product, series: OptionSeries, ladder: { readonly strikes: readonly number[]; readonly listedAt: number }): Expiration {
  const { underlying, root, contractCode, expiresAt, type, settlement } = series;
  const strikes = ladder.strikes.map((strike) => {
    const distance = Math.abs(strike / ladder.listedAt - 1);
    return {
      strike: decimal(strike),
      call: option(product, series, { side: 'C', strike, distance }),
      put: option(product, series, { side: 'P', strike, distance }),
    };
  });
  return { underlying, root, contractCode, date: formatCivilDay(series.day), expiresAt, type, settlement, strikes };
}

type Terms = { readonly side: 'C' | 'P'; readonly strike: number; readonly distance: number };

function option(product: Product, series: OptionSeries, { side, strike, distance }: Terms): Contract {
  const { listing } = product;
  const exchange = listing.product?.streamerExchange;
  const name =
    exchange === undefined ? equityOptionName(series, side, strike) : futureOptionName(series, side, { strike, exchange });
  const lot = hashText(name.symbol) >>> 0;
  const isUnstreamed = distance > UNSTREAMED_DISTANCE && lot % ONE_IN_UNSTREAMED === 1;
  return {
    symbol: name.symbol,
    instrumentType: exchange === undefined ? 'Equity Option' : 'Future Option',
    listing,
    ...(isUnstreamed ? {} : { streamerSymbol: name.streamerSymbol }),
    underlying: series.underlying,
    multiplier: exchange === undefined ? SHARES : listing.multiplier,
    ticks: listing.optionTicks,
    isDead: distance > DEAD_DISTANCE && lot % ONE_IN_DEAD === 0,
    expiresAt: series.expiresAt,
    expiration: formatCivilDay(series.day),
    option: { side, strike: decimal(strike), root: series.root, settlement: series.settlement },
  };
}
