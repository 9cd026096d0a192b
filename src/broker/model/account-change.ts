import type { AccountNumber } from './symbol.ts';

export const ACCOUNT_PARTS = ['positions', 'balances', 'orders'] as const;
export type AccountPart = (typeof ACCOUNT_PARTS)[number];

/** Word that these parts of an account may no longer be what they were; of any account when none is named. */
export type AccountChange = { readonly account?: AccountNumber; readonly parts: readonly AccountPart[] };

/** Changes to the accounts of one tenant, whichever replica brought them about. */
export type AccountChanges = {
  /** Tells of every change from when it resolves. Resolves to how to stop; never rejects. */
  follow(listener: (change: AccountChange) => void): Promise<() => void>;
};

/** For whoever follows nothing: there is never any. */
export const noAccountChanges: AccountChanges = Object.freeze({ follow: async () => () => {} });
