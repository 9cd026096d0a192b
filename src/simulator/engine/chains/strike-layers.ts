import type { CivilDay } from '../calendar/civil-day.ts';
import type { Product } from '../listings/product.ts';
import { LEAD } from './option-series.ts';
import type { StrikeLayer } from './option-series.ts';

/** Short-dated strikes reach this many deviations, within bounds. */
const DEVIATIONS = 4;
const NARROWEST = 0.08;
const WIDEST = 0.45;

/** The strikes of a series that is first listed `lead` days before it expires on `day`: the nearer, the finer. */
export function strikeLayers(product: Product, day: CivilDay, lead: number): readonly StrikeLayer[] {
  const { fine, coarse, nearWidth } = product.strikes;
  const near: StrikeLayer = {
    since: day - Math.min(lead, LEAD.fineStrikes),
    step: fine,
    below: nearWidth,
    above: nearWidth,
  };
  if (lead <= LEAD.weekly) return [near, { ...evenly(shortReach(product, lead)), since: day - lead, step: coarse }];
  const wide: StrikeLayer = { since: day - Math.min(lead, LEAD.monthly), step: coarse, below: 0.35, above: 0.3 };
  if (lead <= LEAD.monthly) return [near, wide];
  return [near, wide, { ...evenly(0.6), since: day - lead, step: 2 * coarse }];
}

function evenly(reach: number): Pick<StrikeLayer, 'below' | 'above'> {
  return { below: reach, above: reach };
}

function shortReach(product: Product, lead: number): number {
  return Math.min(WIDEST, Math.max(NARROWEST, DEVIATIONS * product.smile.base * Math.sqrt(lead / 365)));
}

export type PriceRange = { readonly lowest: number; readonly highest: number };

/**
 * Strikes of the layers that have begun by `today`, in ascending order. `rangeSince` tells between which prices the
 * underlying has been since a day. The answer only ever grows from one day to the next: no listed strike disappears.
 */
export function strikeLadder(
  layers: readonly StrikeLayer[],
  today: CivilDay,
  rangeSince: (day: CivilDay) => PriceRange,
): readonly number[] {
  const strikes = new Set<number>();
  for (const { since, step, below, above } of layers) {
    if (since > today) continue;
    const { lowest, highest } = rangeSince(since);
    const first = Math.max(1, Math.ceil((lowest * (1 - below)) / step));
    const last = Math.floor((highest * (1 + above)) / step);
    for (let multiple = first; multiple <= last; multiple += 1) strikes.add(multiple * step);
  }
  return [...strikes].toSorted((a, b) => a - b);
}
