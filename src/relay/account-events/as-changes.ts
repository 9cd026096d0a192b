import { ACCOUNT_PARTS, type AccountChange, type AccountChanges } from '../../broker/model/account-change.ts';
import type { AccountEvent, AccountEvents } from '../../broker/model/account-event.ts';

/** What of an account has to be looked at again after an event. A fill moves everything, however it is told of. */
function changeBy(event: AccountEvent): AccountChange {
  switch (event.kind) {
    case 'fill':
      return { account: event.account, parts: ACCOUNT_PARTS };
    case 'order':
      return { account: event.account, parts: ['orders'] };
    case 'balances':
      return { account: event.account, parts: ['balances'] };
    case 'positions':
      return { account: event.account, parts: ['positions'] };
    case 'gap':
      return { parts: ACCOUNT_PARTS };
  }
}

/** Changes that the broker tells of, and those that this gateway brings about, for one who only wants to know when to look. */
export function withEvents(changes: AccountChanges, events: AccountEvents): AccountChanges {
  return {
    async follow(listener) {
      const stops = await Promise.all([
        changes.follow(listener),
        events.follow(({ event }) => listener(changeBy(event))),
      ]);
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
