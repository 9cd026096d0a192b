import type { Decimal } from '../../../core/decimal.ts';

/** What does not change about an account. */
export type Profile = {
  readonly number: string;
  readonly nickname: string;
  readonly kind: 'Margin' | 'Cash';
  readonly isFuturesEnabled: boolean;
  readonly isCryptoEnabled: boolean;
  readonly openingCash: Decimal;
  /** How much past it has: `busy` pages, `quiet` has a few weeks, `none` begins with its first deposit. */
  readonly past: 'busy' | 'quiet' | 'none';
};
