import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { asGatewayError, tellError } from '../../core/errors.ts';

/** Throws whatever was thrown as an error of the protocol: ours with what may be told, a stranger without its words. */
export function protocolError(thrown: unknown): never {
  if (thrown instanceof ProtocolError) throw thrown;
  const error = asGatewayError(thrown);
  const isCallersFault = error.retry === 'after-change';
  const code = isCallersFault ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError;
  throw new ProtocolError(code, error.message, tellError(error));
}
