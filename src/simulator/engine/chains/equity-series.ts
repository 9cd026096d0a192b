import { createBoundedMemo } from '../bounded-memo.ts';
import { FRIDAY, MONDAY, civilDay, monthOf, nthWeekday, weekday, yearOf } from '../calendar/civil-day.ts';
import type { CivilDay } from '../calendar/civil-day.ts';
import { isTradingDay, tradingDayOnOrBefore } from '../calendar/holidays.ts';
import { tradingHours } from '../calendar/trading-hours.ts';
import type { EquityOptionRoot, OptionCycle, Product } from '../listings/product.ts';
import type { OptionSeries } from './option-series.ts';
import { LEAD } from './option-series.ts';
import { strikeLayers } from './strike-layers.ts';

type Kind = Pick<OptionSeries, 'type'> & { readonly lead: number };

const JANUARY = 1;
const kinds = createBoundedMemo<string, { readonly kind: Kind | undefined }>(8192);
const QUARTER_MONTHS = 3;

/** Every series of an equity, fund or index that is listed on `today`, in order of date and root. */
export function equitySeries(product: Product, today: CivilDay): readonly OptionSeries[] {
  const found: OptionSeries[] = [];
  for (let day = today; day <= today + LEAD.leaps; day += 1) {
    if (!isTradingDay('NYSE', day)) continue;
    for (const root of product.optionRoots) {
      const kind = expirationKind(root.cycle, day);
      if (kind !== undefined && day - today <= kind.lead) found.push(series(product, root, { ...kind, day }));
    }
  }
  return found;
}

function series(product: Product, root: EquityOptionRoot, expiry: Kind & { readonly day: CivilDay }): OptionSeries {
  const { day, lead, type } = expiry;
  const hours = tradingHours('Equity', day);
  if (hours === undefined) throw new RangeError('An option expires on a trading day');
  return {
    root: root.root,
    contractCode: root.root,
    underlying: product.listing.symbol,
    day,
    expiresAt: root.settlement === 'AM' ? hours.openAt : hours.closeAt,
    type,
    settlement: root.settlement,
    listedSince: day - lead,
    layers: strikeLayers(product, day, lead),
  };
}

/** What a root has on a trading day, by its cycle: nothing, or an expiration listed so many days ahead. */
function expirationKind(cycle: OptionCycle, day: CivilDay): Kind | undefined {
  return kinds.get(`${cycle}${day}`, () => ({ kind: findKind(cycle, day) })).kind;
}

function findKind(cycle: OptionCycle, day: CivilDay): Kind | undefined {
  const hasEveryDay = cycle === 'daily' || cycle === 'afternoon';
  if (cycle !== 'afternoon' && isThirdFriday(day))
    return { type: 'Regular', lead: monthOf(day) === JANUARY ? LEAD.leaps : LEAD.monthly };
  if (hasEveryDay && isMonthEnd(day)) {
    if (cycle === 'afternoon') return { type: 'End-Of-Month', lead: LEAD.monthEnd };
    if (monthOf(day) % QUARTER_MONTHS === 0) return { type: 'Quarterly', lead: LEAD.quarterEnd };
  }
  if (cycle !== 'monthly' && isWeekEnd(day)) return { type: 'Weekly', lead: LEAD.weekly };
  return hasEveryDay ? { type: 'Weekly', lead: LEAD.daily } : undefined;
}

/** The third Friday, or the trading day before when it is a holiday. */
function isThirdFriday(day: CivilDay): boolean {
  return day === tradingDayOnOrBefore('NYSE', nthWeekday(yearOf(day), monthOf(day), { nth: 3, weekday: FRIDAY }));
}

/** Friday, or the trading day before when it is a holiday. */
function isWeekEnd(day: CivilDay): boolean {
  const friday = day + FRIDAY - weekday(day);
  return day === tradingDayOnOrBefore('NYSE', friday) && weekday(day) >= MONDAY;
}

function isMonthEnd(day: CivilDay): boolean {
  return day === tradingDayOnOrBefore('NYSE', civilDay(yearOf(day), monthOf(day) + 1, 0));
}
