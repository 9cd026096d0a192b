import type * as z from 'zod';
import { createAccessTokens } from './access-token.ts';
import { brokerError, faultError } from './broker-error.ts';
import { isSuccess } from './call.ts';
import type { Call, Reply } from './call.ts';
import type { Http } from './http.ts';
import { readReply } from './read-reply.ts';
import { backoffMs, createRetryBudget, isRetryableFault, isRetryableStatus, MAX_ATTEMPTS, retryAfterMs } from './retry.ts';
import { TransportFault } from './transport-fault.ts';
import { abortError } from './until-aborted.ts';
import type { CallOptions } from '../broker.ts';
import type { Upstream } from '../upstream.ts';
import { asGatewayError, GatewayError } from '../../core/errors.ts';

const READ_BUDGET_MS = 20_000;
const CHAIN_BUDGET_MS = 45_000;
const ATTEMPT_SHARE = 0.5;
const ONCE_MS = 20_000;
const ORDER_MS = 30_000;

/** What one send of an order came to: an answer, proof that nothing left, or neither. */
export type Sent =
  | { readonly kind: 'answered'; readonly reply: Reply }
  | { readonly kind: 'not-sent'; readonly why: string }
  | { readonly kind: 'lost'; readonly why: string };

/** Authorised calls of one tenant. Everything but `send` throws GatewayErrors. */
export type Session = {
  /** A GET, repeated where that may help, and read with a schema of the whole answer. */
  read<Value>(call: Omit<Call, 'method'>, schema: z.ZodType<Value>, options: CallOptions): Promise<Value>;
  /** A call that changes nothing although it is a POST: a dry run. Repeated once after a renewed token, for nothing else. */
  ask(call: Call, options: CallOptions): Promise<Reply>;
  /** A small change (a watchlist), made once. Throws unless the broker said that it is done. */
  change(call: Call, options: CallOptions): Promise<void>;
  /** An order, sent at most once. Never throws. */
  send(call: Call, options: CallOptions): Promise<Sent>;
};

type Attempted = { readonly reply: Reply } | { readonly fault: unknown };

export function createSession(upstream: Upstream, http: Http): Session {
  const { clock, ids, throttle } = upstream;
  const tokens = createAccessTokens(upstream, http);
  const budget = createRetryBudget();

  /** One attempt, and a second one when only the access token was at fault. */
  async function authorised(call: Call, options: CallOptions & { timeoutMs: number }): Promise<Reply> {
    const accessToken = await tokens.current(options);
    const reply = await http.attempt(call, { ...options, accessToken });
    if (reply.status !== 401) tokens.worked(accessToken);
    if (reply.status !== 401 || !tokens.refused(accessToken)) return reply;
    const renewed = await tokens.current(options);
    const second = await http.attempt(call, { ...options, accessToken: renewed });
    if (second.status !== 401) tokens.worked(renewed);
    return second;
  }

  async function attempted(call: Call, options: CallOptions & { timeoutMs: number }): Promise<Attempted> {
    try {
      return { reply: await authorised(call, options) };
    } catch (fault) {
      if (options.signal.aborted) throw abortError(options.signal);
      if (isRetryableFault(fault)) return { fault };
      throw faultError(fault);
    }
  }

  function isFinal(result: Attempted): result is { readonly reply: Reply } {
    return 'reply' in result && !isRetryableStatus(result.reply.status);
  }

  function failure(result: Attempted): unknown {
    if (!('reply' in result)) return faultError(result.fault);
    return brokerError(result.reply, retryAfterMs(result.reply, clock.now()));
  }

  function waitBefore(attempt: number, result: Attempted): number {
    const asked = 'reply' in result ? retryAfterMs(result.reply, clock.now()) : undefined;
    return Math.max(asked ?? 0, backoffMs(attempt, ids.fraction()));
  }

  /** The first answer that another attempt would not better. Throws the last failure when there is none in time. */
  async function answerOf(call: Call, options: CallOptions): Promise<Reply> {
    const totalMs = call.endpoint === 'chains' ? CHAIN_BUDGET_MS : READ_BUDGET_MS;
    const endsAtMs = clock.monotonicMs() + totalMs;
    budget.earn();
    for (let attempt = 1; ; attempt += 1) {
      const leftMs = endsAtMs - clock.monotonicMs();
      const result = await attempted(call, { signal: options.signal, timeoutMs: Math.min(leftMs, totalMs * ATTEMPT_SHARE) });
      if (isFinal(result)) return result.reply;
      const waitMs = waitBefore(attempt, result);
      const isInTime = clock.monotonicMs() + waitMs < endsAtMs;
      if (attempt === MAX_ATTEMPTS || !isInTime || !budget.spend()) throw failure(result);
      await clock.sleep(waitMs, options.signal);
    }
  }

  async function ask(call: Call, options: CallOptions): Promise<Reply> {
    try {
      return await authorised(call, { signal: options.signal, timeoutMs: ONCE_MS });
    } catch (error) {
      if (options.signal.aborted) throw abortError(options.signal);
      throw faultError(error);
    }
  }

  async function change(call: Call, options: CallOptions): Promise<void> {
    const accessToken = await tokens.current(options);
    const reply = await http.attempt(call, { signal: options.signal, timeoutMs: ONCE_MS, accessToken }).catch((error: unknown) => {
      throw options.signal.aborted ? abortError(options.signal) : faultError(error);
    });
    if (reply.status === 401 && tokens.refused(accessToken)) throw tokenRanOut();
    if (!isSuccess(reply)) throw brokerError(reply);
  }

  /** All that comes before the first byte, and may therefore fail without doubt. */
  async function readyToSend(call: Call, options: CallOptions): Promise<string> {
    const accessToken = await tokens.current(options);
    await throttle(call.endpoint, options);
    if (options.signal.aborted) throw abortError(options.signal);
    return accessToken;
  }

  async function send(call: Call, options: CallOptions): Promise<Sent> {
    let accessToken: string;
    try {
      accessToken = await readyToSend(call, options);
    } catch (error) {
      return { kind: 'not-sent', why: whyOf(error) };
    }
    try {
      const reply = await http.dispatch(call, { signal: options.signal, timeoutMs: ORDER_MS, accessToken, movesOrder: true });
      // A 401 is told as the refusal it is. Resending would be safe only if every 401 came before execution, which
      // the broker promises nowhere; the next order finds a fresh token.
      if (reply.status === 401) tokens.refused(accessToken);
      return { kind: 'answered', reply };
    } catch (error) {
      const isProven = error instanceof TransportFault && !error.dispatched;
      return { kind: isProven ? 'not-sent' : 'lost', why: whyOf(error) };
    }
  }

  return {
    read: async (call, schema, options) => readReply(await answerOf({ ...call, method: 'GET' }, options), schema),
    ask,
    change,
    send,
  };
}

const whyOf = (error: unknown): string => asGatewayError(faultError(error)).message;

function tokenRanOut(): GatewayError {
  return new GatewayError('broker_unavailable', 'The access token had run out, and the broker changed nothing.', {
    advice: 'Ask again: the next call uses a new one.',
  });
}
