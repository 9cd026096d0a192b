import type { Customer } from '../engine/desk.ts';
import type { WireSocket } from '../socket-server.ts';
import type { World } from '../world.ts';

/** Passes on what happens to the accounts that a session has connected to. */
export type AccountFollower = {
  /** Replaces what was followed before. */
  follow(customer: Customer, accounts: readonly string[]): void;
  /** Undefined until the first `follow`. */
  customerId(): string | undefined;
  stop(): void;
};

export function createAccountFollower({ desk, counters }: World, socket: WireSocket): AccountFollower {
  let customerId: string | undefined;
  let release: readonly (() => void)[] = [];

  function stop(): void {
    for (const end of release) end();
    release = [];
  }

  return {
    follow(customer, accounts) {
      stop();
      customerId = customer.id;
      const subscriptions = accounts.map((account) =>
        desk.subscribe(account, ({ type, data, at }) => socket.send({ type, data, timestamp: at })),
      );
      release = [counters.socketOpened('streamer', customer.id), ...subscriptions];
    },
    customerId: () => customerId,
    stop,
  };
}
