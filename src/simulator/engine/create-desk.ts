import type { Clock, EpochMs } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import { createAccountReads } from './accounts/account-reads.ts';
import type { Book } from './accounts/book.ts';
import { createAudience } from './audience.ts';
import type { Calendar } from './calendar.ts';
import type { Desk, DeskAnswer } from './desk.ts';
import { createMarginReads } from './margin/margin-reads.ts';
import type { Market } from './market.ts';
import { advanceBook } from './matching/advance-book.ts';
import type { Floor } from './matching/floor.ts';
import { createHours } from './matching/hours.ts';
import type { Desktop } from './orders/candidate.ts';
import { cancelOrder } from './orders/cancel.ts';
import { cancelComplexOrder, submitComplexOrder } from './orders/complex.ts';
import { createOrderReads, findOrder } from './orders/order-reads.ts';
import { replaceOrder } from './orders/replace.ts';
import { submitOrder } from './orders/submit.ts';
import { createWatchlists } from './watchlists/create-watchlists.ts';
import { createRegister } from './world/register.ts';
import { restoreRegister, snapshotRegister } from './world/snapshot.ts';

export type DeskOptions = {
  /** The same seed, opening instant and commands make the same desk. */
  readonly seed: string | number;
  readonly clock: Clock;
  readonly market: Market;
  /** Its switch makes every market always open; the desk has none of its own. */
  readonly calendar: Calendar;
};

/** The simulated brokerage over one market. It opens at the clock's present: what its accounts did before is made up. */
export function createDesk({ seed, clock, market, calendar }: DeskOptions): Desk {
  const audience = createAudience();
  const floor: Floor = { market, calendar, hours: createHours(calendar), tell: audience.tell };
  const now = (): EpochMs => clock.now();
  const register = createRegister({ seed: String(seed), openedAt: now(), floor, now });
  const watchlists = createWatchlists();

  /** The account as of now: whoever looks meets everything that was due before. */
  function book(number: string): Book {
    const found = register.book(number);
    if (found === undefined) throw new GatewayError('not_found', 'The simulator has no account of this number.');
    advanceBook(floor, found, now());
    return found;
  }

  function command(number: string, act: (desk: Desktop) => DeskAnswer): DeskAnswer {
    const current = book(number);
    return act({ floor, book: current, at: current.advancedTo });
  }

  return {
    customers: register.residents,
    customer: register.customer,
    ...createAccountReads({ floor, now, book, known: register.book }),
    ...createOrderReads({ now, book }),
    ...createMarginReads({ floor, now, book }),
    submit: (account, body, options) => command(account, (desk) => submitOrder(desk, body, options)),
    replace: (account, id, body, { dryRun, partial }) =>
      command(account, (desk) =>
        replaceOrder(desk, { order: findOrder(desk.book, id), body, dryRun, partial: partial === true }),
      ),
    cancel: (account, id) => command(account, (desk) => cancelOrder(desk, findOrder(desk.book, id))),
    submitComplex: (account, body, options) => command(account, (desk) => submitComplexOrder(desk, body, options)),
    cancelComplex: (account, id) =>
      command(account, (desk) => cancelComplexOrder(desk, desk.book.complexOrders.get(id))),
    watchlists: (customer) => watchlists.of(register.customer(customer).id),
    putWatchlist: (customer, body, options) => watchlists.put(register.customer(customer).id, body, options),
    deleteWatchlist: (customer, name) => watchlists.remove(register.customer(customer).id, name),
    publicWatchlists: watchlists.listPublic,
    pairsWatchlists: watchlists.listPairs,
    advance() {
      for (const open of register.openBooks()) advanceBook(floor, open, now());
    },
    subscribe: audience.subscribe,
    snapshot: () => ({ ...snapshotRegister(register), watchlists: watchlists.snapshot() }),
    restore(snapshot) {
      restoreRegister(register, snapshot);
      watchlists.restore(snapshot['watchlists']);
    },
  };
}
