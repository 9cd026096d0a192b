import type { CivilDay } from '../calendar/civil-day.ts';
import type { EpochMs } from '../../../core/clock.ts';
import type { Expiration } from '../market.ts';

/** Strikes on multiples of `step`, from so far below to so far above every price since a day, as fractions. */
export type StrikeLayer = {
  readonly since: CivilDay;
  readonly step: number;
  readonly below: number;
  readonly above: number;
};

/** One expiration of one root before its strikes are known. */
export type OptionSeries = {
  readonly root: string;
  /** The root itself; for future options the root with month and year. */
  readonly contractCode: string;
  /** The share or index, or the dated future that is delivered. */
  readonly underlying: string;
  readonly day: CivilDay;
  readonly expiresAt: EpochMs;
  readonly type: Expiration['type'];
  readonly settlement: 'AM' | 'PM';
  readonly listedSince: CivilDay;
  readonly layers: readonly StrikeLayer[];
};

/** Days ahead at which a series of a kind is first listed. */
export const LEAD = {
  daily: 14,
  weekly: 56,
  fineStrikes: 60,
  monthEnd: 180,
  quarterEnd: 270,
  monthly: 365,
  leaps: 900,
} as const;
