import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import { isRequest } from '../mcp/json-rpc.ts';

/** Far above what a person's clients ask: it keeps one subject's loop from taking the process. */
const PER_SECOND = 200;
const AT_ONCE = 1000;
const SWEEP_MS = 60_000;

/** Bounds the requests of one subject to this process that nothing else counts. */
export type RequestBound = {
  /** Throws `rate_limited` with the time to wait. */
  take(subject: string): void;
  close(): void;
};

type Bucket = { left: number; atMs: number };

export function createRequestBound(clock: Clock): RequestBound {
  const buckets = new Map<string, Bucket>();
  const filled = ({ left, atMs }: Bucket): number =>
    Math.min(AT_ONCE, left + ((clock.monotonicMs() - atMs) / 1000) * PER_SECOND);
  const sweeper = clock.every(SWEEP_MS, () => {
    for (const [subject, bucket] of buckets) if (filled(bucket) >= AT_ONCE) buckets.delete(subject);
  });
  return {
    take(subject) {
      const bucket = buckets.get(subject);
      const left = bucket === undefined ? AT_ONCE : filled(bucket);
      if (left < 1) throw tooMany(1 - left);
      buckets.set(subject, { left: left - 1, atMs: clock.monotonicMs() });
    },
    close: () => sweeper.cancel(),
  };
}

function tooMany(missing: number): GatewayError {
  return new GatewayError('rate_limited', `You send more than ${PER_SECOND} requests a second.`, {
    advice: 'Open one session and keep it; lists need to be read once.',
    retryAfterMs: Math.ceil((missing / PER_SECOND) * 1000),
  });
}

/** Calls have budgets of their own, and an answer to a question of ours is never held up. */
const COUNTED_ELSEWHERE: ReadonlySet<string> = new Set(['tools/call', 'resources/read']);

export const isCountedElsewhere = (message: JSONRPCMessage): boolean =>
  !('method' in message) || (isRequest(message) && COUNTED_ELSEWHERE.has(message.method));
