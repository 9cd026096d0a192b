import type { AccessTokens } from './access-token.ts';
import { faultError } from './broker-error.ts';
import type { Call, Reply } from './call.ts';
import type { Http } from './http.ts';
import { TransportFault } from './transport-fault.ts';
import { abortError } from './abort-error.ts';
import type { CallOptions } from '../broker.ts';
import type { Throttle } from '../upstream.ts';
import { asGatewayError } from '../../core/errors.ts';

const ORDER_MS = 30_000;

/** What one send of an order came to: an answer, proof that nothing left, or neither. */
export type Sent =
  | { readonly kind: 'answered'; readonly reply: Reply }
  | { readonly kind: 'not-sent'; readonly why: string }
  | { readonly kind: 'lost'; readonly why: string };

/** Sends an order at most once. Never throws. */
export type SendOrder = (call: Call, options: CallOptions) => Promise<Sent>;

type SenderDeps = { readonly http: Http; readonly tokens: AccessTokens; readonly throttle: Throttle };

const whyOf = (error: unknown): string => asGatewayError(faultError(error)).message;

export function createSendOrder({ http, tokens, throttle }: SenderDeps): SendOrder {
  /** All that comes before the first byte, and may therefore fail without doubt. */
  async function readyToSend(call: Call, options: CallOptions): Promise<string> {
    const accessToken = await tokens.current(options);
    await throttle(call.endpoint, options);
    if (options.signal.aborted) throw abortError(options.signal);
    return accessToken;
  }

  async function sendOnce(call: Call, accessToken: string, options: CallOptions): Promise<Sent> {
    try {
      const reply = await http.dispatch(call, {
        signal: options.signal,
        timeoutMs: ORDER_MS,
        accessToken,
        movesOrder: true,
      });
      // A 401 is told as the refusal it is. Resending would be safe only if every 401 came before execution, which
      // the broker promises nowhere; the next order finds a fresh token.
      if (reply.status === 401) tokens.refused(accessToken);
      return { kind: 'answered', reply };
    } catch (error) {
      const isProven = error instanceof TransportFault && !error.dispatched;
      return { kind: isProven ? 'not-sent' : 'lost', why: whyOf(error) };
    }
  }

  return async (call, options) => {
    let accessToken: string;
    try {
      accessToken = await readyToSend(call, options);
    } catch (error) {
      return { kind: 'not-sent', why: whyOf(error) };
    }
    return sendOnce(call, accessToken, options);
  };
}
