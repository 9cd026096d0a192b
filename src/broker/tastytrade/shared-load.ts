import { abortable } from '../../core/abortable.ts';
import type { CallOptions } from '../broker.ts';
import type { SharedReference } from '../upstream.ts';
import { GatewayError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';

const MAX_LOADS = 3;

/** What happened to the tenant whose call it was, and says nothing about what was loaded. */
const OF_ONE_TENANT: ReadonlySet<ErrorCode> = new Set([
  'reconnect_needed',
  'broker_not_permitted',
  'rate_limited',
  'broker_rate_limited',
  'cancelled',
]);

const isOfOneTenant = (error: unknown): boolean => error instanceof GatewayError && OF_ONE_TENANT.has(error.code);

export type SharedLoad<Value> = {
  readonly shared: SharedReference;
  readonly key: string;
  readonly begin: () => Promise<Value>;
};

/** Waits for a load that may be another tenant's; one that failed for that tenant's own reasons is begun afresh. */
export async function sharedLoad<Value>(load: SharedLoad<Value>, options: CallOptions): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    let isOurs = attempt === MAX_LOADS;
    const begin = (): Promise<Value> => {
      isOurs = true;
      return load.begin();
    };
    try {
      return await abortable(isOurs ? begin() : load.shared.through(load.key, begin), options.signal);
    } catch (error) {
      if (isOurs || options.signal.aborted || !isOfOneTenant(error)) throw error;
    }
  }
}
