import type { Broker } from '../broker/broker.ts';
import type { Account } from '../broker/model/account.ts';
import { abortable } from '../core/abortable.ts';
import type { Clock } from '../core/clock.ts';
import { createSingleFlight } from '../core/single-flight.ts';

/** The accounts of one login, open and closed, at most a minute old; one question for all who ask at once. */
export type AccountDirectory = { list(signal: AbortSignal): Promise<readonly Account[]> };

const MAX_AGE_MS = 60_000;
const ASK_TIMEOUT_MS = 10_000;

export function createAccountDirectory(broker: Pick<Broker, 'accounts'>, clock: Clock): AccountDirectory {
  const once = createSingleFlight<readonly Account[]>();
  let kept: { readonly accounts: readonly Account[]; readonly atMs: number } | undefined;
  const ask = async (): Promise<readonly Account[]> => {
    const atMs = clock.monotonicMs();
    const accounts = await askOnOwnTime(broker, clock);
    kept = { accounts, atMs };
    return accounts;
  };
  return {
    list(signal) {
      if (kept !== undefined && clock.monotonicMs() - kept.atMs < MAX_AGE_MS) return Promise.resolve(kept.accounts);
      return abortable(once('accounts', ask), signal);
    },
  };
}

/** Not on the signal of the first who asked: others wait for the same answer. */
async function askOnOwnTime(broker: Pick<Broker, 'accounts'>, clock: Clock): Promise<readonly Account[]> {
  const deadline = new AbortController();
  const timeout = new DOMException('The broker took too long to list the accounts', 'TimeoutError');
  const timer = clock.after(ASK_TIMEOUT_MS, () => deadline.abort(timeout));
  try {
    return await broker.accounts.list({ signal: deadline.signal });
  } finally {
    timer.cancel();
  }
}
