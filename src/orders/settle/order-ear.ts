import type { AccountEntry, AccountEvents } from '../../broker/model/account-event.ts';
import { epochMs } from '../../core/clock.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import { asGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { LedgerStore } from '../../storage/stores/ledger-store.ts';

export type Unsettled = { readonly tenantId: string; readonly id: string };

/** Listens to the broker for orders whose outcome is not known, so that they are looked for as soon as they show up. */
export type OrderEar = {
  /** For some minutes from now. */
  listenFor(intent: Unsettled): void;
  /** Idempotent. */
  close(): void;
};

export type OrderEarParts = {
  readonly store: LedgerStore;
  readonly eventsOf: (tenantId: string) => AccountEvents;
  readonly clock: Clock;
  readonly log: Log;
};

const LISTEN_MS = 120_000;
/** What the stream tells is ahead of what a look would find. */
const HEAD_START_MS = 500;

type Listening = { readonly awaited: Set<string>; readonly following: Promise<() => void>; ending: Timer };

export function createOrderEar({ store, eventsOf, clock, log }: OrderEarParts): OrderEar {
  const tenants = new Map<string, Listening>();

  function hear(tenantId: string, { event }: AccountEntry): void {
    const externalId = event.kind === 'order' ? event.order.externalId : undefined;
    if (externalId === undefined || tenants.get(tenantId)?.awaited.delete(externalId) !== true) return;
    lookSoon({ tenantId, id: externalId }).catch((error: unknown) =>
      log.warn({ code: asGatewayError(error).code, intent: externalId }, 'An order that showed up is looked for later'),
    );
  }

  function lookSoon({ tenantId, id }: Unsettled): Promise<void> {
    return store.of(tenantId).transact(async (tx) => {
      const row = await tx.intent(id);
      const lookAt = epochMs(clock.now() + HEAD_START_MS);
      if (row !== undefined && row.lookAt !== null && row.lookAt > lookAt) await tx.update(id, { lookAt });
    });
  }

  function end(tenantId: string): void {
    const listening = tenants.get(tenantId);
    tenants.delete(tenantId);
    listening?.ending.cancel();
    void listening?.following.then((stop) => stop());
  }

  return {
    listenFor({ tenantId, id }) {
      const ending = clock.after(LISTEN_MS, () => end(tenantId));
      const known = tenants.get(tenantId);
      known?.ending.cancel();
      if (known !== undefined) known.ending = ending;
      const listening = known ?? {
        awaited: new Set(),
        following: eventsOf(tenantId).follow((entry) => hear(tenantId, entry)),
        ending,
      };
      tenants.set(tenantId, listening);
      listening.awaited.add(id);
    },
    close() {
      for (const tenantId of tenants.keys()) end(tenantId);
    },
  };
}
