import type { FleetOptions } from '../support/processes/fleet.ts';

/** Nothing before the limiter refuses a call. */
const WIDE_DOOR = {
  CALLS_PER_TENANT: '2000',
  CALLS_IN_ALL: '2000',
  CALLS_PER_TENANT_PER_SECOND: '2000',
  CALL_START_WAIT_MS: '60000',
};

/** Two calls to the broker a second for each tenant. */
export const NARROW: FleetOptions = { env: { ...WIDE_DOOR, TENANT_REQUESTS_PER_SECOND: '2' } };

/** Budgets as wide as they may be. */
export const WIDE: FleetOptions = { env: WIDE_DOOR };
