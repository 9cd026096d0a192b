import type { IsoDate } from '../../../broker/model/symbol.ts';
import type { EpochMs } from '../../../core/clock.ts';

/** The broker's instrument collections: NYSE hours, CME Globex, Cboe futures. */
export type Collection = 'Equity' | 'CME' | 'CFE';

/** One trading day. Pre-market runs from start to open, the extended session from close to extended close. */
export type Session = {
  readonly collection: Collection;
  readonly date: IsoDate;
  readonly startAt: EpochMs;
  readonly openAt: EpochMs;
  readonly closeAt: EpochMs;
  readonly closeAtExtended: EpochMs;
};
