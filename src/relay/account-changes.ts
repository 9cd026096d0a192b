import { ACCOUNT_PARTS, type AccountChange, type AccountChanges } from '../broker/model/account-change.ts';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { type LastingSubscription, subscribeLastingly } from '../fleet/subscribe-lastingly.ts';

/** Carries word of account changes to all replicas, each tenant's apart. */
export type ChangeRelay = {
  of(tenant: string): AccountChanges;
  /** Heard here at once, and elsewhere if it can be. Never throws: it is a hint to look again. */
  tell(tenant: string, change: AccountChange): void;
  close(): void;
};

export type ChangeRelayParts = {
  readonly fleet: Pick<Fleet, 'replica' | 'channels'>;
  readonly clock: Clock;
  readonly log: Log;
};

type Listener = (change: AccountChange) => void;
type Followed = { readonly listeners: Set<Listener>; readonly subscription: LastingSubscription };
type Travelling = { readonly from: string; readonly change: AccountChange };

const ANYTHING: AccountChange = { parts: ACCOUNT_PARTS };
const channelOf = (tenant: string) => ({ kind: 'account-changes', owner: tenant });

export function createChangeRelay({ fleet: { replica, channels }, clock, log }: ChangeRelayParts): ChangeRelay {
  const followed = new Map<string, Followed>();

  function deliver(tenant: string, change: AccountChange): void {
    for (const listener of followed.get(tenant)?.listeners ?? []) listener(change);
  }
  function hear(tenant: string, text: string): void {
    const { from, change } = JSON.parse(text) as Travelling;
    if (from !== replica) deliver(tenant, change);
  }
  function subscribe(tenant: string): Followed {
    // What may have been missed may have been anything.
    const listener = { message: (text: string) => hear(tenant, text), gap: () => deliver(tenant, ANYTHING) };
    const subscription = subscribeLastingly({ channels, clock }, channelOf(tenant), listener);
    const started = { listeners: new Set<Listener>(), subscription };
    followed.set(tenant, started);
    return started;
  }

  return {
    of: (tenant) => ({
      async follow(listener) {
        const own = followed.get(tenant) ?? subscribe(tenant);
        own.listeners.add(listener);
        await own.subscription.tried;
        return () => {
          own.listeners.delete(listener);
          if (own.listeners.size > 0 || followed.get(tenant) !== own) return;
          followed.delete(tenant);
          own.subscription.stop();
        };
      },
    }),
    tell(tenant, change) {
      deliver(tenant, change);
      const text = JSON.stringify({ from: replica, change } satisfies Travelling);
      channels
        .publish(channelOf(tenant), text)
        .catch((error: unknown) => log.debug({ error }, 'Other replicas were not told of an account change'));
    },
    close() {
      for (const { subscription } of followed.values()) subscription.stop();
    },
  };
}
