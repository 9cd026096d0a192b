import type { Broker } from '../../src/broker/broker.ts';
import type { Account } from '../../src/broker/model/account.ts';
import { accountNumber } from '../../src/broker/model/symbol.ts';

export type CountingBroker = Broker & {
  readonly asked: () => number;
  readonly closed: () => number;
  /** What the next question for the accounts is answered with. */
  answerWith(answer: (signal: AbortSignal) => Promise<readonly Account[]>): void;
};

const unused = (): Promise<never> => Promise.reject(new Error('This broker only lists accounts'));

export const account = (number: string, changes: Partial<Account> = {}): Account => ({
  number: accountNumber(number),
  marginOrCash: 'Margin',
  isClosed: false,
  isFuturesApproved: false,
  authority: 'owner',
  ...changes,
});

/** A broker that lists accounts, and counts how often it is asked and closed. */
export function countingBroker(...accounts: Account[]): CountingBroker {
  let asked = 0;
  let closed = 0;
  let answer: (signal: AbortSignal) => Promise<readonly Account[]> = () => Promise.resolve(accounts);
  return {
    environment: 'paper',
    accounts: {
      list: ({ signal }) => {
        asked += 1;
        return answer(signal);
      },
      balances: unused,
      positions: unused,
      netLiqHistory: unused,
      holdings: unused,
    },
    history: { transactions: unused, orders: unused },
    instruments: { resolve: unused, chain: unused },
    marketData: { read: unused, watch: () => () => {} },
    orders: {
      live: unused,
      get: unused,
      findByExternalId: unused,
      preview: unused,
      previewReplace: unused,
      place: unused,
      replace: unused,
      cancel: unused,
      previewComplex: unused,
      placeComplex: unused,
      cancelComplex: unused,
    },
    reference: { metrics: unused, sessions: unused, holidays: unused, search: unused },
    watchlists: {
      listPrivate: unused,
      listPublic: unused,
      getPrivate: unused,
      getPublic: unused,
      create: unused,
      replace: unused,
      remove: unused,
    },
    close: async () => {
      closed += 1;
    },
    asked: () => asked,
    closed: () => closed,
    answerWith: (next) => {
      answer = next;
    },
  };
}
