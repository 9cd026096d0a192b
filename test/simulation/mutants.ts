import type { Broker, SendOptions } from '../../src/broker/broker.ts';
import type { OrderRequest, SendOutcome } from '../../src/broker/model/order.ts';
import type { AccountNumber } from '../../src/broker/model/symbol.ts';
import type { LedgerStore, LedgerTx } from '../../src/storage/stores/ledger-store.ts';
import type { Mutant } from './sim.ts';

/** A ledger whose steps go wrong in the way that `spoil` says. */
const withTx = (spoil: (tx: LedgerTx) => Partial<LedgerTx>): Mutant => ({
  store: (store: LedgerStore): LedgerStore => ({
    ...store,
    of(tenantId) {
      const ledger = store.of(tenantId);
      return { ...ledger, transact: (work) => ledger.transact((tx) => work({ ...tx, ...spoil(tx) })) };
    },
  }),
});

type Place = (account: AccountNumber, order: OrderRequest, options: SendOptions) => Promise<SendOutcome>;

/** A broker whose placing goes wrong in the way that `spoil` says. */
const withPlace = (spoil: (place: Place) => Place): Mutant => ({
  broker: (broker: Broker): Broker => ({
    ...broker,
    orders: { ...broker.orders, place: spoil(broker.orders.place) },
  }),
});

const atOnce = async (): Promise<number> => Number.POSITIVE_INFINITY;

/** Bugs that the simulation has to find. None of them changes a line of `src`. */
export const MUTANTS = {
  /** The state is written after the request has left. */
  'begin-after-post': withPlace((place) => async (account, order, options) => {
    const outcome = await place(account, order, { ...options, begin: atOnce });
    await options.begin();
    return outcome;
  }),
  /** One more try when nobody knows what came of the first. */
  'resend-on-unknown': withPlace((place) => async (account, order, options) => {
    const outcome = await place(account, order, options);
    return outcome.kind === 'unknown' ? place(account, order, { ...options, begin: atOnce }) : outcome;
  }),
  /** The time after which nothing may leave any more is not kept. */
  'leaves-late': withPlace((place) => (account, order, options) => {
    const begin = async (): Promise<number> => {
      await options.begin();
      return Number.POSITIVE_INFINITY;
    };
    return place(account, order, { ...options, begin });
  }),
  'unknown-told-rejected': withPlace((place) => async (account, order, options) => {
    const outcome = await place(account, order, options);
    return outcome.kind === 'unknown' ? { kind: 'not-sent', why: 'The connection failed.' } : outcome;
  }),
  /** The caller has gone, so it is taken not to have been sent. */
  'hang-up-told-not-sent': withPlace((place) => async (account, order, options) => {
    const { promise, resolve } = Promise.withResolvers<SendOutcome>();
    options.signal.addEventListener('abort', () => resolve({ kind: 'not-sent', why: 'The caller hung up.' }), {
      once: true,
    });
    return Promise.race([place(account, order, options), promise]);
  }),
  /** The state that an intent must be in is not looked at. */
  'state-check-skipped': withTx((tx) => ({
    async intent(id) {
      const row = await tx.intent(id);
      return row === undefined ? undefined : { ...row, state: 'drafted' };
    },
  })),
  'client-order-id-not-unique': withTx((tx) => ({
    byClientOrderId: async () => undefined,
    insert: (row) => tx.insert({ ...row, clientOrderId: null }),
  })),
  'confirmation-not-spent': withTx((tx) => ({
    async confirmation(id) {
      const row = await tx.confirmation(id);
      return row === undefined ? undefined : { ...row, usedBy: null };
    },
    insert: (row) => tx.insert({ ...row, confirmationId: null }),
    spendConfirmation: async () => {},
  })),
  'stops-not-read': withTx(() => ({ stops: async () => [] })),
  'usage-not-read': withTx(() => ({ usage: async () => ({ inMinute: 0, inDay: 0, notionals: [] }) })),
  'sending-not-audited': withTx((tx) => ({
    audit: async (entry) => (entry['to'] === 'sending' ? undefined : tx.audit(entry)),
  })),
  /** Not found once is taken to be absent for good. */
  'absent-at-once': { settlerAheadMs: 60_000 },
  /** Whatever order of the account is the newest is taken to be the one. */
  'settled-by-wrong-order': {
    broker: (broker, _life, { desk, sides }) => ({
      ...broker,
      orders: {
        ...broker.orders,
        async findByExternalId(account, externalId, since, options) {
          const found = await broker.orders.findByExternalId(account, externalId, since, options);
          const side = sides.find((each) => each.account === account);
          return found ?? (side === undefined ? undefined : desk.find(side, () => true));
        },
      },
    }),
  },
  /** The settler looks at another tenant's broker. */
  'settled-at-wrong-tenant': {
    settlerTenant: (tenantId, { sides }) => sides.find(({ tenant }) => tenant.id !== tenantId)?.tenant.id ?? tenantId,
  },
} as const satisfies Record<string, Mutant>;

export type MutantName = keyof typeof MUTANTS;

export const isMutantName = (name: string): name is MutantName => Object.hasOwn(MUTANTS, name);
