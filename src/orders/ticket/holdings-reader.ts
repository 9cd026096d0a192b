import type { AccountHoldings } from '../../broker/model/account.ts';
import type { AccountNumber } from '../../broker/model/symbol.ts';
import { epochMs } from '../../core/clock.ts';
import type { EpochMs } from '../../core/clock.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';

/** What the account holds, read when it is first asked for and once in a call: the broker allows one such question a second. */
export type HoldingsReader = {
  read(): Promise<AccountHoldings>;
  /** What was sent after this may be missing in it. */
  readonly since: EpochMs;
};

/** A reading may be shared with a caller who asked earlier, and what was sent a moment before may not show in it yet. */
const MAY_BE_OLD_MS = 10_000;

export function createHoldingsReader(
  account: AccountNumber,
  { broker, clock, signal }: Pick<TenantContext, 'broker' | 'clock' | 'signal'>,
): HoldingsReader {
  let reading: Promise<AccountHoldings> | undefined;
  return {
    read: () => (reading ??= broker.accounts.holdings(account, { signal })),
    since: epochMs(clock.now() - MAY_BE_OLD_MS),
  };
}
