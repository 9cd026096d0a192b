import { atMost } from '../../core/at-most.ts';
import { VERSION } from '../../core/version.ts';
import { Buffer } from 'node:buffer';
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import type { Call, Reply } from './call.ts';
import { createExchange } from './exchange.ts';
import { retryAfterMs } from './retry.ts';
import { queryText } from './route.ts';
import { TransportFault, transportFault } from './transport-fault.ts';
import type { CallOptions, Environment } from '../broker.ts';
import type { Upstream } from '../upstream.ts';
import type { Turn } from '../../core/turn.ts';

export const USER_AGENT = `tasty-gateway/${VERSION}`;

/**
 * The newest published version. Older answers may change once a version is withdrawn, and no header at all means an
 * unnamed old default, so one is pinned; order searches therefore always carry a start date. The sandbox is reported
 * to reject the header, and gets none.
 */
const ACCEPT_VERSION = '20261012';

const MEBIBYTE = 1024 * 1024;
const MAX_BODY_BYTES = 4 * MEBIBYTE;
const MAX_CHAIN_BYTES = 32 * MEBIBYTE;
const READ_CONNECTIONS = 8;
/** Orders of one tenant on their way at a time; one that waits for a place longer than it may is not sent. */
export const ORDER_CONNECTIONS = 16;
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_SOCKET_MS = 4_000;
const CLOSE_MS = 800;

export type AttemptOptions = CallOptions & {
  readonly timeoutMs: number;
  /** Absent on the token call, which must not carry an old one. */
  readonly accessToken?: string;
  /**
   * An order moves: on a connection of its own, never begun after this monotonic time, and once begun no caller can
   * stop it.
   */
  readonly movesOrder?: { readonly notAfterMs: number };
};

export type DispatchOptions = AttemptOptions & { readonly turn: Turn };

/** One attempt of one call: its deadline, its bounds. Never a retry, never a redirect. */
export type Http = {
  /** Waits for its turn, then dispatches. Throws `TransportFault`, or whatever the throttle threw. */
  attempt(call: Call, options: AttemptOptions): Promise<Reply>;
  /** For a caller that has waited for its turn already, which ends with it. Throws only `TransportFault`. */
  dispatch(call: Call, options: DispatchOptions): Promise<Reply>;
  close(): Promise<void>;
};

function headersFor(environment: Environment, call: Call, accessToken: string | undefined): Record<string, string> {
  return {
    'user-agent': USER_AGENT,
    accept: 'application/json',
    ...(environment === 'sandbox' ? {} : { 'accept-version': ACCEPT_VERSION }),
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
  };
}

function outcomeOf(reply: Reply): string {
  if (reply.status < 300) return 'ok';
  if (reply.status < 400) return 'redirect';
  if (reply.status === 429) return 'rate-limited';
  return reply.status < 500 ? 'refused' : 'failed';
}

/** An answer that writes the token back does not carry it any further. */
function withoutEcho(reply: Reply, accessToken: string | undefined): Reply {
  if (accessToken === undefined || !reply.text.includes(accessToken)) return reply;
  return { ...reply, text: reply.text.replaceAll(accessToken, '[removed]') };
}

const isLate = (error: unknown): boolean => error instanceof TransportFault && error.kind === 'late';

const POOL_OPTIONS = {
  allowH2: false,
  connectTimeout: CONNECT_TIMEOUT_MS,
  keepAliveTimeout: IDLE_SOCKET_MS,
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;

/** The only place that sends anything to the broker's REST host. */
export function createHttp(upstream: Upstream): Http {
  const { environment, hosts, clock, slowDown, observer } = upstream;
  const reads = new Pool(hosts.restUrl, { ...POOL_OPTIONS, connections: READ_CONNECTIONS });
  // A kept-alive socket may be closed by the other side just as an order is written to it, and nobody could tell
  // whether it arrived. A fresh connection costs a handshake and has no such moment.
  const orders = new Pool(hosts.restUrl, { ...POOL_OPTIONS, connections: ORDER_CONNECTIONS, pipelining: 0 });

  function exchanged(call: Call, options: DispatchOptions): Promise<Reply> {
    const exchange = createExchange({
      clock,
      signal: options.signal,
      timeoutMs: options.timeoutMs,
      maxBytes: call.endpoint === 'chains' ? MAX_CHAIN_BYTES : MAX_BODY_BYTES,
      isUnstoppable: options.movesOrder !== undefined,
      onLeaving: () => options.turn.left(),
      notAfterMs: options.turn.notAfterMs,
      ...options.movesOrder,
    });
    const request: Dispatcher.DispatchOptions = {
      method: call.method,
      path: `${call.path}${queryText(call.query ?? {})}`,
      headers: headersFor(environment, call, options.accessToken),
      body: call.body === undefined ? null : Buffer.from(JSON.stringify(call.body)),
      idempotent: call.method === 'GET',
    };
    try {
      (options.movesOrder === undefined ? reads : orders).dispatch(request, exchange.handler);
    } catch (error) {
      exchange.fail(transportFault(error, false));
    }
    return exchange.reply;
  }

  async function dispatch(call: Call, options: DispatchOptions): Promise<Reply> {
    const startedAt = clock.monotonicMs();
    const tell = (outcome: string): void => {
      const durationMs = clock.monotonicMs() - startedAt;
      observer.request({ endpoint: call.endpoint, method: call.method, outcome, durationMs });
    };
    try {
      const reply = withoutEcho(await exchanged(call, options), options.accessToken);
      tell(outcomeOf(reply));
      if (reply.status === 429) slowDown(call.endpoint, retryAfterMs(reply, clock.now()));
      return reply;
    } catch (error) {
      tell(error instanceof TransportFault ? error.kind : 'failed');
      throw error;
    } finally {
      options.turn.ended();
    }
  }

  async function close(): Promise<void> {
    await atMost(clock, CLOSE_MS, Promise.all([reads.close(), orders.close()]));
    await Promise.all([reads.destroy(), orders.destroy()]);
  }

  return { attempt: createAttempt(upstream, dispatch), dispatch, close };
}

/** A call whose connection is not there in time takes another turn, as long as its own time lasts. */
function createAttempt({ throttle, clock }: Upstream, dispatch: Http['dispatch']): Http['attempt'] {
  return async (call, options) => {
    for (let leftMs = options.timeoutMs; leftMs > 0;) {
      const turn = await throttle(call.endpoint, { signal: options.signal });
      const startedAtMs = clock.monotonicMs();
      try {
        return await dispatch(call, { ...options, timeoutMs: leftMs, turn });
      } catch (error) {
        if (!isLate(error)) throw error;
        leftMs -= clock.monotonicMs() - startedAtMs;
      }
    }
    throw new TransportFault('timeout', { dispatched: false, faultCode: 'NOT_AFTER' });
  };
}
