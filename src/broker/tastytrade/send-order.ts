import type { AccessTokens } from './access-token.ts';
import { faultError } from './broker-error.ts';
import type { Call, Reply } from './call.ts';
import type { Http } from './http.ts';
import { TransportFault } from './transport-fault.ts';
import { abortError } from './abort-error.ts';
import type { SendOptions } from '../broker.ts';
import type { Throttle } from '../upstream.ts';
import type { Clock } from '../../core/clock.ts';
import { asGatewayError } from '../../core/errors.ts';

/** From its dispatch: an answer that has not come by then is not waited for. */
const ORDER_MS = 20_000;

/** What one send of an order came to: an answer, proof that nothing left, or neither. */
export type Sent =
  | { readonly kind: 'answered'; readonly reply: Reply }
  | { readonly kind: 'not-sent'; readonly why: string }
  | { readonly kind: 'lost'; readonly why: string };

/** Sends an order at most once. Throws only what `begin` throws, and then nothing was sent. */
export type SendOrder = (call: Call, options: SendOptions) => Promise<Sent>;

type SenderDeps = {
  readonly http: Http;
  readonly tokens: Pick<AccessTokens, 'current' | 'refused'>;
  readonly throttle: Throttle;
  readonly clock: Clock;
};

const whyOf = (error: unknown): string => asGatewayError(faultError(error)).message;

export function createSendOrder({ http, tokens, throttle, clock }: SenderDeps): SendOrder {
  /** All that comes before the first byte, and may therefore fail without doubt. */
  async function readyToSend(call: Call, options: SendOptions): Promise<string> {
    const accessToken = await tokens.current(options);
    await throttle(call.endpoint, options);
    if (options.signal.aborted) throw abortError(options.signal);
    return accessToken;
  }

  async function sendOnce(
    call: Call,
    options: SendOptions & { accessToken: string; notAfterMs: number },
  ): Promise<Sent> {
    const { signal, accessToken, notAfterMs } = options;
    try {
      // A time that is not a number is late as well.
      if (!(clock.monotonicMs() <= notAfterMs)) throw tooLate();
      const reply = await http.dispatch(call, { signal, timeoutMs: ORDER_MS, accessToken, movesOrder: { notAfterMs } });
      // A 401 is told as the refusal it is. Resending would be safe only if every 401 came before execution, which
      // the broker promises nowhere; the next order finds a fresh token.
      if (reply.status === 401) void tokens.refused(accessToken);
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
    const notAfterMs = await options.begin();
    return sendOnce(call, { ...options, accessToken, notAfterMs });
  };
}

const tooLate = (): TransportFault => new TransportFault('late', { dispatched: false, faultCode: 'NOT_AFTER' });
