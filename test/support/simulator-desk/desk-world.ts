import { createDesk } from '../../../src/simulator/engine/create-desk.ts';
import { createMarket } from '../../../src/simulator/engine/create-market.ts';
import type { Desk } from '../../../src/simulator/engine/desk.ts';
import type { Market } from '../../../src/simulator/engine/market.ts';
import { createManualClock, MANUAL_CLOCK_START, type ManualClock } from '../manual-clock.ts';

/** A desk over the real simulated market. */
export type World = { readonly desk: Desk; readonly market: Market; readonly clock: ManualClock };

export function createWorld(seed = 'world', startMs = MANUAL_CLOCK_START): World {
  const clock = createManualClock(startMs);
  const market = createMarket({ seed });
  return { clock, market, desk: createDesk({ seed, clock, market, calendar: market.calendar }) };
}
