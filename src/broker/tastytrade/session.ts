import type * as z from 'zod';
import { createAccessTokens } from './access-token.ts';
import type { AccessTokens } from './access-token.ts';
import { createAuthorised } from './authorised.ts';
import { brokerError, faultError } from './broker-error.ts';
import { isSuccess } from './call.ts';
import type { Call, Reply } from './call.ts';
import type { Http } from './http.ts';
import { readReply } from './read-reply.ts';
import { createReadWithRetries } from './read-with-retries.ts';
import { createSendOrder } from './send-order.ts';
import type { SendOrder } from './send-order.ts';
import { abortError } from './abort-error.ts';
import type { CallOptions } from '../broker.ts';
import type { Upstream } from '../upstream.ts';
import { GatewayError } from '../../core/errors.ts';

const ONCE_MS = 20_000;

/** Authorised calls of one tenant. Everything but `send` throws GatewayErrors. */
export type Session = {
  /** A GET, repeated where that may help, and read with a schema of the whole answer. */
  read<Value>(call: Omit<Call, 'method'>, schema: z.ZodType<Value>, options: CallOptions): Promise<Value>;
  /** A call that changes nothing although it is a POST: a dry run. Repeated once after a renewed token, for nothing else. */
  ask(call: Call, options: CallOptions): Promise<Reply>;
  /** A small change (a watchlist), made once. Throws unless the broker said that it is done. */
  change(call: Call, options: CallOptions): Promise<void>;
  readonly send: SendOrder;
  close(): void;
  /** For what speaks to the broker by other ways than these calls. */
  readonly tokens: AccessTokens;
};

function tokenRanOut(): GatewayError {
  return new GatewayError('broker_unavailable', 'The access token had run out, and the broker changed nothing.', {
    advice: 'Ask again: the next call uses a new one.',
  });
}

export function createSession(upstream: Upstream, http: Http): Session {
  const { clock, ids, throttle } = upstream;
  const tokens = createAccessTokens(upstream, http);
  const authorised = createAuthorised(http, tokens);
  const readWithRetries = createReadWithRetries({ clock, ids, authorised });

  async function told(work: Promise<Reply>, options: CallOptions): Promise<Reply> {
    try {
      return await work;
    } catch (error) {
      throw options.signal.aborted ? abortError(options.signal) : faultError(error);
    }
  }

  return {
    read: async (call, schema, options) =>
      readReply(await readWithRetries({ ...call, method: 'GET' }, options), schema),
    ask: (call, options) => told(authorised(call, { signal: options.signal, timeoutMs: ONCE_MS }), options),
    async change(call, options) {
      const accessToken = await tokens.current(options);
      const attempt = http.attempt(call, { signal: options.signal, timeoutMs: ONCE_MS, accessToken });
      const reply = await told(attempt, options);
      if (reply.status === 401 && (await tokens.refused(accessToken))) throw tokenRanOut();
      if (!isSuccess(reply)) throw brokerError(reply);
    },
    send: createSendOrder({ http, tokens, throttle, clock }),
    close: () => tokens.close(),
    tokens,
  };
}
