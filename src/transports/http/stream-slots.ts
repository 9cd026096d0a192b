import { GatewayError } from '../../core/errors.ts';

const PER_SUBJECT = 16;
const IN_ALL = 10_000;
const RETRY_AFTER_MS = 30_000;

/** Bounds the long-lived streams of this process: 16 for one subject, 10,000 in all. */
export type StreamSlots = {
  /** Returns the way to give the slot back, once. Throws `rate_limited` or `overloaded`. */
  take(subject: string): () => void;
};

export function createStreamSlots(): StreamSlots {
  const taken = new Map<string, number>();
  let total = 0;
  return {
    take(subject) {
      const own = taken.get(subject) ?? 0;
      if (own >= PER_SUBJECT) {
        throw new GatewayError('rate_limited', `More than ${PER_SUBJECT} streams are open for you.`, {
          advice: 'Close some of them, or wait until idle ones have ended.',
          retryAfterMs: RETRY_AFTER_MS,
        });
      }
      if (total >= IN_ALL) {
        throw new GatewayError('overloaded', 'The gateway holds as many streams as it can.', {
          retryAfterMs: RETRY_AFTER_MS,
        });
      }
      taken.set(subject, own + 1);
      total += 1;
      return once(() => {
        total -= 1;
        const left = (taken.get(subject) ?? 1) - 1;
        if (left === 0) taken.delete(subject);
        else taken.set(subject, left);
      });
    },
  };
}

function once(task: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    task();
  };
}
