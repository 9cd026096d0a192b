import type { Authorised, TimedOptions } from './authorised.ts';
import { brokerError, faultError } from './broker-error.ts';
import type { Call, Reply } from './call.ts';
import {
  backoffMs,
  createRetryBudget,
  isRetryableFault,
  isRetryableStatus,
  MAX_ATTEMPTS,
  retryAfterMs,
} from './retry.ts';
import { abortError } from './abort-error.ts';
import type { CallOptions } from '../broker.ts';
import type { Clock } from '../../core/clock.ts';
import type { IdSource } from '../../core/ids.ts';

const BUDGET_MS = 20_000;
const CHAIN_BUDGET_MS = 45_000;
/** No single attempt may use up the whole call. */
const ATTEMPT_SHARE = 0.5;

type Attempted = { readonly reply: Reply } | { readonly fault: unknown };

type ReaderDeps = { readonly clock: Clock; readonly ids: IdSource; readonly authorised: Authorised };

/** The first answer that another attempt would not better. Throws the last failure when there is none in time. */
export type ReadWithRetries = (call: Call, options: CallOptions) => Promise<Reply>;

export function createReadWithRetries({ clock, ids, authorised }: ReaderDeps): ReadWithRetries {
  const budget = createRetryBudget();

  async function attempted(call: Call, options: TimedOptions): Promise<Attempted> {
    try {
      return { reply: await authorised(call, options) };
    } catch (fault) {
      if (options.signal.aborted) throw abortError(options.signal);
      if (isRetryableFault(fault)) return { fault };
      throw faultError(fault);
    }
  }

  const askedToWait = (result: Attempted): number | undefined =>
    'reply' in result ? retryAfterMs(result.reply, clock.now()) : undefined;

  const failure = (result: Attempted): unknown =>
    'reply' in result ? brokerError(result.reply, askedToWait(result)) : faultError(result.fault);

  return async (call, options) => {
    const totalMs = call.endpoint === 'chains' ? CHAIN_BUDGET_MS : BUDGET_MS;
    const endsAtMs = clock.monotonicMs() + totalMs;
    budget.earn();
    for (let attempt = 1; ; attempt += 1) {
      const timeoutMs = Math.min(endsAtMs - clock.monotonicMs(), totalMs * ATTEMPT_SHARE);
      const result = await attempted(call, { signal: options.signal, timeoutMs });
      if ('reply' in result && !isRetryableStatus(result.reply.status)) return result.reply;
      const waitMs = Math.max(askedToWait(result) ?? 0, backoffMs(attempt, ids.fraction()));
      const isInTime = clock.monotonicMs() + waitMs < endsAtMs;
      if (attempt === MAX_ATTEMPTS || !isInTime || !budget.spend()) throw failure(result);
      await clock.sleep(waitMs, options.signal);
    }
  };
}
