import { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Reply } from './call.ts';
import { TransportFault, transportFault } from './transport-fault.ts';
import type { FaultKind } from './transport-fault.ts';
import type { Clock } from '../../core/clock.ts';

export type ExchangeOptions = {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Once the request has begun to be written, only the deadline ends it. */
  readonly isUnstoppable: boolean;
  /** Nothing begins to be written after this monotonic time. */
  readonly notAfterMs?: number;
  /** Called as the first byte is about to be written. */
  readonly onLeaving?: () => void;
};

/** One request on the wire, from before its connection to the last byte of its answer. */
export type Exchange = {
  readonly handler: Dispatcher.DispatchHandler;
  readonly reply: Promise<Reply>;
  fail(fault: TransportFault): void;
};

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function retryAfterOf(headers: IncomingHttpHeaders): Pick<Reply, 'retryAfter'> {
  const retryAfter = first(headers['retry-after']);
  return retryAfter === undefined ? {} : { retryAfter };
}

/** Gives up what still waits for its connection at the latest moment to begin. */
function limitStart({ clock, notAfterMs, timeoutMs }: ExchangeOptions, giveUp: () => void) {
  const latest = notAfterMs ?? Number.POSITIVE_INFINITY;
  const patienceMs = latest - clock.monotonicMs();
  const timer = patienceMs < timeoutMs ? clock.after(patienceMs, giveUp) : undefined;
  return {
    cancel: (): void => timer?.cancel(),
    /** Asked again at the last moment: a busy process runs its timers late. A time that is not a number is late. */
    isLate: (): boolean => !(clock.monotonicMs() <= latest),
  };
}

function leaving<Controller>(controller: Controller, { onLeaving }: ExchangeOptions): Controller {
  onLeaving?.();
  return controller;
}

/** Knows at every moment whether a byte may have left: `dispatched` is set before the library writes the first one. */
export function createExchange(options: ExchangeOptions): Exchange {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const chunks: Buffer[] = [];
  let controller: Dispatcher.DispatchController | undefined;
  let head: Omit<Reply, 'text'> | undefined;
  let received = 0;
  let settled = false;

  const timer = options.clock.after(options.timeoutMs, () => stop('timeout', 'DEADLINE'));
  const start = limitStart(options, () => {
    if (controller === undefined) stop('late', 'NOT_AFTER');
  });
  const onAbort = (): void => {
    if (controller === undefined || !options.isUnstoppable) stop('aborted', 'CALLER');
  };
  options.signal.addEventListener('abort', onAbort);
  if (options.signal.aborted) onAbort();

  function settle(finish: () => void): void {
    if (settled) return;
    settled = true;
    timer.cancel();
    start.cancel();
    options.signal.removeEventListener('abort', onAbort);
    finish();
  }

  function fail(fault: TransportFault): void {
    settle(() => reject(fault));
    controller?.abort(fault);
  }

  function stop(kind: Exclude<FaultKind, 'connect' | 'closed'>, faultCode: string): void {
    fail(new TransportFault(kind, { dispatched: controller !== undefined, faultCode }));
  }

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(next) {
      const isResend = controller !== undefined;
      if (!isResend && start.isLate()) stop('late', 'NOT_AFTER');
      if (settled || isResend) next.abort(new TransportFault('aborted', { dispatched: isResend, faultCode: 'GONE' }));
      if (isResend) stop('cut', 'RESEND_REFUSED');
      if (!settled) controller = leaving(next, options);
    },
    onResponseStart(_controller, status: number, headers: IncomingHttpHeaders) {
      if (status < 200) return;
      head = { status, ...retryAfterOf(headers) };
      if (Number(first(headers['content-length'])) > options.maxBytes) stop('too-large', 'CONTENT_LENGTH');
    },
    onResponseData(_controller, chunk) {
      received += chunk.length;
      if (received > options.maxBytes) stop('too-large', 'BODY');
      else chunks.push(chunk);
    },
    onResponseEnd() {
      if (head === undefined) return stop('cut', 'NO_HEAD');
      const reply = { ...head, text: Buffer.concat(chunks).toString('utf8') };
      settle(() => resolve(reply));
    },
    onResponseError(_controller, error) {
      fail(transportFault(error, controller !== undefined));
    },
  };
  return { handler, reply: promise, fail };
}
