import { ERRORS, type ErrorCode, GatewayError, asGatewayError } from '../core/errors.ts';

/** A failed load, as it is told to those who waited for it elsewhere: without the broker's words, which may be about one tenant. */
export type Failure = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly advice?: string;
  readonly retryAfterMs?: number;
};

export function toFailure(thrown: unknown): Failure {
  const { code, message, advice, retryAfterMs } = asGatewayError(thrown);
  return {
    code,
    message,
    ...(advice === undefined ? {} : { advice }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

export function failureError({ code, message, advice, retryAfterMs }: Failure): GatewayError {
  return new GatewayError(code, message, {
    ...(advice === undefined ? {} : { advice }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

export const writeFailure = (failure: Failure): string => JSON.stringify(failure);

/** What `writeFailure` wrote; of anything else, that something failed. */
export function readFailure(text: string): Failure {
  try {
    const { code, message, advice, retryAfterMs } = JSON.parse(text) as Record<string, unknown>;
    if (typeof code !== 'string' || !(code in ERRORS) || typeof message !== 'string') return UNREADABLE;
    return {
      code: code as ErrorCode,
      message,
      ...(typeof advice === 'string' ? { advice } : {}),
      ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
    };
  } catch {
    return UNREADABLE;
  }
}

const UNREADABLE: Failure = { code: 'broker_unavailable', message: 'Another replica asked the broker, and failed.' };
