import type { CivilDay } from '../calendar/civil-day.ts';
import type { Product } from '../listings/product.ts';
import { commodityExpiries } from './commodity-expiries.ts';
import type { FutureOptionExpiry } from './future-option-expiry.ts';
import { expiryInstant, futureSymbol, futuresMonths, monthCode } from './futures-cycle.ts';
import { indexExpiries } from './index-expiries.ts';
import type { OptionSeries } from './option-series.ts';
import { strikeLayers } from './strike-layers.ts';

/** Every option series of a futures product that is listed on `today`, in order of date and contract code. */
export function futuresSeries(product: Product, today: CivilDay): readonly OptionSeries[] {
  const details = product.listing.product;
  if (details === undefined) return [];
  const expiriesOn = details.underlyingIndex === undefined ? commodityExpiries : indexExpiries;
  return expiriesOn(details, futuresMonths(details, today), today)
    .filter(({ day, lead }) => day >= today && day - today <= lead)
    .map((expiry) => series(product, expiry))
    .toSorted((a, b) => a.day - b.day || (a.contractCode < b.contractCode ? -1 : 1));
}

function series(product: Product, expiry: FutureOptionExpiry): OptionSeries {
  const { root, day, lead, endsAt, future, codeMonth, type, settlement } = expiry;
  return {
    root,
    contractCode: `${root}${monthCode(codeMonth.month)}${codeMonth.year % 10}`,
    underlying: futureSymbol(future),
    day,
    expiresAt: expiryInstant(day, endsAt),
    type,
    settlement,
    listedSince: day - lead,
    layers: strikeLayers(product, day, lead),
  };
}
