import { GatewayError } from '../../core/errors.ts';

export function abortError(signal: AbortSignal): Error {
  if (signal.reason instanceof Error) return signal.reason;
  return new GatewayError('cancelled', 'The caller withdrew the call.');
}

/** The outcome of shared work, for one caller who may leave earlier. The work itself goes on for the others. */
export async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  if (signal.aborted) throw abortError(signal);
  const left = Promise.withResolvers<never>();
  const onAbort = (): void => left.reject(abortError(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, left.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** For work that many callers share: no single one of them may end it. */
export const neverAborted = (): AbortSignal => new AbortController().signal;
