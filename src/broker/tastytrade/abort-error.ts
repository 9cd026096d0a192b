import { GatewayError } from '../../core/errors.ts';

/** What an aborted signal has to say, as an error. */
export function abortError(signal: AbortSignal): Error {
  if (signal.reason instanceof Error) return signal.reason;
  return new GatewayError('cancelled', 'The caller withdrew the call.');
}

/** For work that many callers share: no single one of them may end it. */
export const neverAborted = (): AbortSignal => new AbortController().signal;
