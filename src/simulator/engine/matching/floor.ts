import type { EpochMs } from '../../../core/clock.ts';
import type { Calendar } from '../calendar.ts';
import type { DeskEvent, WireObject } from '../desk.ts';
import type { Market } from '../market.ts';
import type { Hours } from './hours.ts';

export type Telling = {
  readonly account: string;
  readonly type: DeskEvent['type'];
  readonly at: EpochMs;
  readonly data: () => WireObject;
};

/** What the desk stands on. `tell` builds the event only when somebody listens to that account. */
export type Floor = {
  readonly market: Market;
  readonly calendar: Calendar;
  readonly hours: Hours;
  tell(telling: Telling): void;
};
