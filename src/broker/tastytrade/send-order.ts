import type { AccessTokens } from './access-token.ts';
import { faultError } from './broker-error.ts';
import type { Call, Reply } from './call.ts';
import type { Http } from './http.ts';
import { TransportFault } from './transport-fault.ts';
import { abortError } from './abort-error.ts';
import type { SendOptions } from '../broker.ts';
import type { Throttle } from '../upstream.ts';
import type { Clock } from '../../core/clock.ts';
import { asGatewayError, hasCode } from '../../core/errors.ts';
import type { Turn } from '../../core/turn.ts';

/** From its dispatch: an answer that has not come by then is not waited for. */
const ORDER_MS = 20_000;

/** What one send of an order came to: an answer, proof that nothing left, or neither. */
export type Sent =
  | { readonly kind: 'answered'; readonly reply: Reply }
  | { readonly kind: 'not-sent'; readonly why: string }
  | { readonly kind: 'lost'; readonly why: string };

/** Sends an order at most once. Throws what `begin` throws, and `coordination_unavailable`; then nothing was sent. */
export type SendOrder = (call: Call, options: SendOptions) => Promise<Sent>;

type SenderDeps = {
  readonly http: Http;
  readonly tokens: Pick<AccessTokens, 'current' | 'refused'>;
  readonly throttle: Throttle;
  readonly clock: Clock;
};

type Ready = { readonly accessToken: string; readonly turn: Turn };

const whyOf = (error: unknown): string => asGatewayError(faultError(error)).message;

export function createSendOrder({ http, tokens, throttle, clock }: SenderDeps): SendOrder {
  /** All that comes before the first byte, and may therefore fail without doubt. */
  async function readyToSend(call: Call, { signal }: SendOptions): Promise<Ready> {
    const accessToken = await tokens.current({ signal });
    const turn = await throttle(call.endpoint, { signal, moves: call.method === 'DELETE' ? 'cancel' : 'order' });
    if (!signal.aborted) return { accessToken, turn };
    turn.ended();
    throw abortError(signal);
  }

  async function sendOnce(
    call: Call,
    { signal, accessToken, turn, notAfterMs }: SendOptions & Ready & { notAfterMs: number },
  ): Promise<Sent> {
    try {
      // A time that is not a number is late as well.
      if (!(clock.monotonicMs() <= notAfterMs)) throw tooLate();
      const movesOrder = { notAfterMs };
      const reply = await http.dispatch(call, { signal, timeoutMs: ORDER_MS, accessToken, turn, movesOrder });
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
    let ready: Ready;
    try {
      ready = await readyToSend(call, options);
    } catch (error) {
      if (hasCode(error, 'coordination_unavailable')) throw error;
      return { kind: 'not-sent', why: whyOf(error) };
    }
    try {
      // A turn that is over may be another call's by now.
      const notAfterMs = Math.min(await options.begin(), ready.turn.notAfterMs);
      return await sendOnce(call, { ...options, ...ready, notAfterMs });
    } finally {
      ready.turn.ended();
    }
  };
}

const tooLate = (): TransportFault => new TransportFault('late', { dispatched: false, faultCode: 'NOT_AFTER' });
