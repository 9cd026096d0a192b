import { type ErrorCode, GatewayError } from '../core/errors.ts';

/** What happened to the tenant, or to the replica, whose call it was, and says nothing about what was asked for. */
const OF_ONE_CALLER: ReadonlySet<ErrorCode> = new Set([
  'reconnect_needed',
  'broker_not_permitted',
  'rate_limited',
  'broker_rate_limited',
  'overloaded',
  'coordination_unavailable',
  'cancelled',
]);

/** Whether another caller, who asks for the same, may fare better. */
export const isCallersOwn = (error: unknown): boolean => error instanceof GatewayError && OF_ONE_CALLER.has(error.code);
