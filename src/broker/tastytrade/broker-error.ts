import type { Reply } from './call.ts';
import { TransportFault } from './transport-fault.ts';
import { wireError, wireOauthError } from './wire/error.ts';
import type { WireFault } from './wire/error.ts';
import { GatewayError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { quoted } from '../../core/quoted.ts';

/** What a refusal says, where it could be read. */
export type Refusal = { readonly code: string; readonly message: string; readonly faults: readonly WireFault[] };

const TOKEN_LIKE = /\beyJ[\w-]+\.[\w-]*\.?[\w-]*|\bBearer\s+\S+/giu;
const MAX_FAULTS = 10;

/** The broker may write back what it was sent. Nothing that looks like a token goes further. */
export const withoutTokens = (text: string): string => text.replaceAll(TOKEN_LIKE, '[removed]');

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The refusal in an answer's body, in either of the broker's shapes; `undefined` for a web page or garbage. */
export function readRefusal(reply: Reply): Refusal | undefined {
  const body = parseJson(reply.text);
  const known = wireError.safeParse(body);
  if (known.success) {
    const { code, message, errors } = known.data.error;
    const faults = errors.map((fault) => ({ code: quoted(fault.code, 80), message: words(fault.message) }));
    return { code: quoted(code ?? 'unspecified', 80), message: words(message ?? ''), faults };
  }
  const oauth = wireOauthError.safeParse(body);
  return oauth.success ? { code: quoted(oauth.data.code, 80), message: '', faults: [] } : undefined;
}

function words(text: string): string {
  return quoted(withoutTokens(text));
}

type Row = { readonly code: ErrorCode; readonly message: string; readonly advice?: string };

const BY_BROKER_CODE: Readonly<Record<string, Row>> = {
  invalid_grant: { code: 'reconnect_needed', message: 'The broker no longer accepts this login.' },
  'quote_streamer.customer_not_found_error': {
    code: 'broker_not_permitted',
    message: 'The broker gives market data only to customers, and this login is not one yet.',
    advice: 'Finish opening an account at the broker first.',
  },
};

const BY_STATUS: Readonly<Record<number, Row>> = {
  401: {
    code: 'reconnect_needed',
    message: 'The broker refused this login, also with a fresh access token.',
    advice: 'Connect the broker account again.',
  },
  403: {
    code: 'broker_not_permitted',
    message: 'The broker does not permit this with this login.',
    advice: 'Check which scopes the grant has (read, trade) and what the account is approved for.',
  },
  404: { code: 'not_found', message: 'The broker knows no such thing.' },
  406: {
    code: 'broker_not_understood',
    message: 'The broker no longer serves the version of its interface that is used here.',
  },
  408: { code: 'broker_timeout', message: 'The broker took too long to answer.' },
  429: { code: 'broker_rate_limited', message: 'The broker asks for fewer calls.' },
  504: { code: 'broker_timeout', message: 'The broker took too long to answer.' },
};

const REFUSED: Row = { code: 'broker_refused', message: 'The broker refused the call.' };
const UNAVAILABLE: Row = { code: 'broker_unavailable', message: 'The broker is not available at the moment.' };
const REDIRECTED: Row = {
  code: 'broker_not_understood',
  message: 'The broker pointed to another address, which is never followed.',
};
const NOT_AS_API: Row = {
  code: 'broker_not_understood',
  message: 'The broker answered with something other than its interface promises.',
};

/** Statuses that mean the same whoever answered: a proxy's web page says them as well as the broker. */
const CLEAR_WITHOUT_BODY = new Set([403, 408, 429]);

function rowOfPage(reply: Reply): Row {
  const isClear = CLEAR_WITHOUT_BODY.has(reply.status) || (reply.status === 404 && isSilent(reply));
  return (isClear ? BY_STATUS[reply.status] : undefined) ?? NOT_AS_API;
}

function rowFor(reply: Reply, refusal: Refusal | undefined): Row {
  const { status } = reply;
  if (status >= 500) return BY_STATUS[status] ?? UNAVAILABLE;
  if (status >= 300 && status < 400) return REDIRECTED;
  if (refusal === undefined) return rowOfPage(reply);
  return BY_BROKER_CODE[refusal.code] ?? BY_STATUS[status] ?? REFUSED;
}

/** Empty, or JSON of another shape: an answer of the service, and not a web page in front of it. */
function isSilent(reply: Reply): boolean {
  return reply.text.trim() === '' || parseJson(reply.text) !== undefined;
}

/** The one translation of an answer that is not a success. */
export function brokerError(reply: Reply, retryAfterMs?: number): GatewayError {
  const refusal = readRefusal(reply);
  const row = rowFor(reply, refusal);
  const faults = refusal?.faults.slice(0, MAX_FAULTS) ?? [];
  return new GatewayError(row.code, row.message, {
    details: {
      brokerStatus: reply.status,
      ...(refusal === undefined ? {} : { brokerCode: refusal.code }),
      ...(faults.length === 0 ? {} : { brokerFaults: faults }),
    },
    ...(row.advice === undefined ? {} : { advice: row.advice }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(refusal === undefined || refusal.message === '' ? {} : { brokerSaid: refusal.message }),
  });
}

const BY_FAULT: Readonly<Record<TransportFault['kind'], Row>> = {
  connect: { code: 'broker_unavailable', message: 'The broker could not be reached.' },
  cut: { code: 'broker_unavailable', message: 'The connection to the broker was cut.' },
  closed: { code: 'broker_unavailable', message: 'This connection to the broker has been closed.' },
  timeout: { code: 'broker_timeout', message: 'The broker took too long to answer.' },
  late: { code: 'broker_timeout', message: 'It was too late to send it.' },
  aborted: { code: 'cancelled', message: 'The caller withdrew the call.' },
  'too-large': {
    code: 'broker_not_understood',
    message: 'The answer of the broker is larger than any that is expected here.',
  },
};

/** A transport fault as a GatewayError; anything else unchanged. */
export function faultError(error: unknown): unknown {
  if (!(error instanceof TransportFault)) return error;
  const row = BY_FAULT[error.kind];
  return new GatewayError(row.code, row.message, { details: { fault: error.faultCode } });
}
