export type FaultKind = 'connect' | 'cut' | 'timeout' | 'late' | 'aborted' | 'too-large' | 'closed';

/** A call that got no whole answer. `dispatched` is false only when no byte of it can have left. */
export class TransportFault extends Error {
  readonly kind: FaultKind;
  readonly dispatched: boolean;
  /** A system or library code such as `ECONNRESET`: never text from outside. */
  readonly faultCode: string;

  constructor(kind: FaultKind, facts: { readonly dispatched: boolean; readonly faultCode: string }) {
    super(`No whole answer from the broker: ${kind}`);
    this.name = 'TransportFault';
    this.kind = kind;
    this.dispatched = facts.dispatched;
    this.faultCode = facts.faultCode;
  }
}

const CLOSED = new Set(['UND_ERR_DESTROYED', 'UND_ERR_CLOSED']);
const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const CODE = /^[A-Z0-9_]{2,48}$/u;

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && CODE.test(code) ? code : 'UNKNOWN';
}

/** What the HTTP library threw, reduced to a kind and a code: its own errors may hold parts of an answer. */
export function transportFault(error: unknown, dispatched: boolean): TransportFault {
  if (error instanceof TransportFault) return error;
  const faultCode = codeOf(error);
  if (CLOSED.has(faultCode)) return new TransportFault('closed', { dispatched, faultCode });
  if (TIMEOUTS.has(faultCode)) return new TransportFault('timeout', { dispatched, faultCode });
  return new TransportFault(dispatched ? 'cut' : 'connect', { dispatched, faultCode });
}
