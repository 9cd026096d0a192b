import { abortable } from '../../core/abortable.ts';
import { GatewayError } from '../../core/errors.ts';
import { isCallersOwn } from '../callers-own.ts';
import type { CallOptions } from '../broker.ts';
import type { SharedKey, SharedKind, SharedReference, SharedValues } from '../upstream.ts';

const MAX_LOADS = 3;

export type SharedLoad<Kind extends SharedKind> = {
  readonly shared: SharedReference;
  readonly key: SharedKey<Kind>;
  readonly begin: () => Promise<SharedValues[Kind]>;
  /** For this tenant only. */
  readonly beginAlone: () => Promise<SharedValues[Kind]>;
};

/** Waits for a load that may be another tenant's; one that failed for that tenant's own reasons is begun afresh. */
export async function sharedLoad<Kind extends SharedKind>(
  load: SharedLoad<Kind>,
  { signal }: CallOptions,
): Promise<SharedValues[Kind]> {
  for (let attempt = 1; attempt < MAX_LOADS; attempt += 1) {
    let isOurs = false;
    const begin = (): Promise<SharedValues[Kind]> => {
      isOurs = true;
      return load.begin();
    };
    try {
      return await abortable(load.shared.through(load.key, begin), signal);
    } catch (error) {
      if (isOurs || signal.aborted) throw error;
      if (!isCallersOwn(error)) throw withoutQuotation(error);
    }
  }
  return abortable(load.beginAlone(), signal);
}

/** What the broker said to one tenant is not for another. */
function withoutQuotation(error: unknown): unknown {
  if (!(error instanceof GatewayError) || (error.brokerSaid === undefined && error.details === undefined)) return error;
  const { code, message, advice, retryAfterMs } = error;
  return new GatewayError(code, message, {
    cause: error,
    ...(advice === undefined ? {} : { advice }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
