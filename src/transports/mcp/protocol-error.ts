import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { tellError } from '../../core/errors.ts';
import type { ToldError } from '../../core/errors.ts';

/** Throws whatever was thrown as an error of the protocol: ours with what may be told, a stranger without its words. */
export function protocolError(thrown: unknown): never {
  if (thrown instanceof ProtocolError) throw thrown;
  throw toProtocolError(tellError(thrown));
}

export function toProtocolError(error: ToldError): ProtocolError {
  const isCallersFault = error.retry === 'after-change';
  const code = isCallersFault ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError;
  return new ProtocolError(code, error.message, error);
}
