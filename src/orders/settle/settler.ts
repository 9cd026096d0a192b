import type { Broker } from '../../broker/broker.ts';
import type { Clock } from '../../core/clock.ts';
import { asGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { mapAtMost } from '../../core/map-at-most.ts';
import { createRounds } from '../../core/rounds.ts';
import type { Rounds } from '../../core/rounds.ts';
import type { DueIntent, IntentRow, LedgerStore } from '../../storage/stores/ledger-store.ts';
import type { Unsettled } from './order-ear.ts';
import { settleIntent } from './settle-intent.ts';
import type { SettleReach } from './settle-intent.ts';

/** A tenant's broker; `undefined` when there is no such tenant here. Throws when its login cannot be opened now. */
export type OpenBroker = (tenantId: string) => Promise<Broker | undefined>;

export type SettlerParts = {
  readonly store: LedgerStore;
  readonly openBroker: OpenBroker;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each intent that a look has left open. */
  readonly onUnsettled?: (intent: Unsettled) => void;
};

const EVERY_MS = 1000;
const MOST_AT_ONCE = 8;
const BATCH = 256;
/** Longer than one look takes: nobody else looks meanwhile, and if this replica dies, somebody does soon. */
const CLAIM_MS = 8000;
const ABANDONED_MS = 120_000;
/** A look that is cut off is made again by another replica, or at the next start. */
const CLOSE_MS = 500;

/** Settles what was left unknown, by this replica or by any that died. Every replica runs one. */
export const createSettler = (parts: SettlerParts): Rounds =>
  createRounds({
    clock: parts.clock,
    everyMs: EVERY_MS,
    closeMs: CLOSE_MS,
    work: () => settleDue(parts),
    onFault: (error) => parts.log.warn({ error }, 'The ledger could not be gone through'),
  });

async function settleDue(parts: SettlerParts): Promise<void> {
  const due = await parts.store.due(parts.clock.now(), BATCH);
  await mapAtMost(MOST_AT_ONCE, due, (one) => settleOne(one, parts));
}

async function settleOne(due: DueIntent, parts: SettlerParts): Promise<void> {
  const { store, clock, log } = parts;
  const ledger = store.of(due.tenantId);
  try {
    const login = await loginOf(due, parts);
    const row = await claim(due.id, { ledger, clock, isOurs: login.isOurs });
    if (row === undefined) return;
    const broker = login.broker === undefined ? {} : { broker: login.broker };
    const { state, tenantId, id } = await settleIntent(row, { ...broker, ledger, clock, log });
    if (state === 'sending' || state === 'unknown') parts.onUnsettled?.({ tenantId, id });
  } catch (thrown) {
    log.warn({ code: asGatewayError(thrown).code, intent: due.id }, 'An order could not be settled now');
  }
}

type Login = { readonly isOurs: boolean; readonly broker?: Broker };

async function loginOf({ tenantId, id }: DueIntent, { openBroker, log }: SettlerParts): Promise<Login> {
  try {
    const broker = await openBroker(tenantId);
    return broker === undefined ? { isOurs: false } : { isOurs: true, broker };
  } catch (thrown) {
    log.warn(
      { code: asGatewayError(thrown).code, intent: id },
      "A tenant's login could not be opened to settle an order",
    );
    return { isOurs: true };
  }
}

type Claiming = Pick<SettleReach, 'ledger' | 'clock'> & { readonly isOurs: boolean };

/**
 * Takes an intent for a while; `undefined` when another replica was quicker. Those of tenants that are not known here are
 * somebody else's, who shares the database; unless nobody has seen to them for so long that the tenant must be gone.
 */
function claim(id: string, { ledger, clock, isOurs }: Claiming): Promise<IntentRow | undefined> {
  return ledger.transact(async (tx) => {
    const row = await tx.intent(id);
    const now = clock.now();
    if (row === undefined || row.lookAt === null || row.lookAt > now - (isOurs ? 0 : ABANDONED_MS)) return undefined;
    await tx.update(id, { lookAt: now + CLAIM_MS });
    return row;
  });
}
