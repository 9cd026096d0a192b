import { quoted } from './quoted.ts';

/** What a caller should do about a failed call before asking again. */
export type Retry = 'no' | 'after-change' | 'later' | 'check-first';

type ErrorRow = { readonly status: number; readonly retry: Retry; readonly level: 'debug' | 'info' | 'warn' | 'error' };

/** Every way the gateway can fail. The code is stable and public; the row says how it leaves the house. */
export const ERRORS = {
  // What the caller sent.
  invalid_input: { status: 400, retry: 'after-change', level: 'info' },
  not_found: { status: 404, retry: 'after-change', level: 'info' },
  method_not_allowed: { status: 405, retry: 'no', level: 'info' },
  not_acceptable: { status: 406, retry: 'after-change', level: 'info' },
  payload_too_large: { status: 413, retry: 'after-change', level: 'info' },
  unsupported_media_type: { status: 415, retry: 'after-change', level: 'info' },
  choice_needed: { status: 409, retry: 'after-change', level: 'info' },
  // Who the caller is.
  unauthenticated: { status: 401, retry: 'after-change', level: 'info' },
  insufficient_scope: { status: 403, retry: 'after-change', level: 'info' },
  forbidden: { status: 403, retry: 'no', level: 'info' },
  tenant_unknown: { status: 403, retry: 'no', level: 'warn' },
  // How much.
  rate_limited: { status: 429, retry: 'later', level: 'info' },
  overloaded: { status: 503, retry: 'later', level: 'warn' },
  deadline_exceeded: { status: 504, retry: 'later', level: 'info' },
  cancelled: { status: 499, retry: 'later', level: 'debug' },
  // What the broker did.
  reconnect_needed: { status: 409, retry: 'no', level: 'warn' },
  broker_refused: { status: 422, retry: 'after-change', level: 'info' },
  broker_not_permitted: { status: 403, retry: 'no', level: 'info' },
  broker_rate_limited: { status: 429, retry: 'later', level: 'warn' },
  broker_unavailable: { status: 502, retry: 'later', level: 'warn' },
  broker_timeout: { status: 504, retry: 'later', level: 'warn' },
  broker_not_understood: { status: 502, retry: 'later', level: 'error' },
  quote_unavailable: { status: 409, retry: 'later', level: 'info' },
  // What a tenant's rules did: nothing was sent.
  limit_exceeded: { status: 403, retry: 'after-change', level: 'info' },
  limit_unreadable: { status: 503, retry: 'later', level: 'warn' },
  trading_stopped: { status: 403, retry: 'no', level: 'warn' },
  confirmation_needed: { status: 409, retry: 'after-change', level: 'info' },
  confirmation_invalid: { status: 409, retry: 'after-change', level: 'info' },
  confirmation_declined: { status: 409, retry: 'no', level: 'info' },
  client_order_id_taken: { status: 409, retry: 'after-change', level: 'info' },
  // Orders. An unknown outcome is told as a result; this is for when even that cannot be recorded.
  order_outcome_unknown: { status: 504, retry: 'check-first', level: 'error' },
  // What the gateway did.
  storage_unavailable: { status: 503, retry: 'later', level: 'error' },
  coordination_unavailable: { status: 503, retry: 'later', level: 'warn' },
  config_invalid: { status: 500, retry: 'no', level: 'error' },
  audit_broken: { status: 500, retry: 'no', level: 'error' },
  internal: { status: 500, retry: 'later', level: 'error' },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

export type ErrorExtras = {
  readonly cause?: unknown;
  /** Facts the caller may see: allowed values, the field at fault, the nearest strikes. Plain JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What to do, when the code's own advice is not enough. */
  readonly advice?: string;
  readonly retryAfterMs?: number;
  /** Text the broker wrote. It leaves only cleaned, bounded and labelled as a quotation. */
  readonly brokerSaid?: string;
};

/**
 * The one error class. `message` is written by us, for a person, and never contains text from outside.
 * Whatever else is thrown is a defect, and is told as `internal` without its words.
 */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly advice: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly brokerSaid: string | undefined;

  constructor(code: ErrorCode, message: string, extras: ErrorExtras = {}) {
    super(message, extras.cause === undefined ? {} : { cause: extras.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.details = extras.details;
    this.advice = extras.advice;
    this.retryAfterMs = extras.retryAfterMs;
    this.brokerSaid = extras.brokerSaid === undefined ? undefined : quoted(extras.brokerSaid);
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retry(): Retry {
    return ERRORS[this.code].retry;
  }
}

const ADVICE: Record<Retry, string> = {
  no: 'Asking again will not help until somebody has changed something.',
  'after-change': 'Change the call as described, then ask again.',
  later: 'Ask again in a moment.',
  'check-first': 'Do not send it again: first look at get_live_orders and get_order_history.',
};

/** What may be shown to the caller of a failed call, whatever was thrown. Shape: plain JSON. */
export type ToldError = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly advice: string;
  readonly retry: Retry;
  readonly retryAfterSeconds?: number;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly brokerSaid?: string;
};

/** Whether what was thrown is one of ours, with this code. */
export const hasCode = (thrown: unknown, code: ErrorCode): thrown is GatewayError =>
  thrown instanceof GatewayError && thrown.code === code;

/** Turns anything thrown into a GatewayError; a stranger becomes `internal`, with itself as the cause. */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (thrown instanceof DOMException && thrown.name === 'TimeoutError') {
    return new GatewayError('deadline_exceeded', 'The call took longer than it may.', { cause: thrown });
  }
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new GatewayError('cancelled', 'The caller withdrew the call.', { cause: thrown });
  }
  return new GatewayError('internal', 'The gateway failed; the fault is ours and has been logged.', { cause: thrown });
}

export function tellError(thrown: unknown): ToldError {
  const error = asGatewayError(thrown);
  return {
    code: error.code,
    message: error.message,
    advice: error.advice ?? ADVICE[error.retry],
    retry: error.retry,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(error.retryAfterMs / 1000) }),
    ...(error.details === undefined ? {} : { details: error.details }),
    ...(error.brokerSaid === undefined ? {} : { brokerSaid: error.brokerSaid }),
  };
}
