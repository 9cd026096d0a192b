import type { EpochMs } from '../../../core/clock.ts';
import { GatewayError } from '../../../core/errors.ts';
import { openBook, type Book } from '../accounts/book.ts';
import type { Customer } from '../desk.ts';
import { livePast } from '../history/live-past.ts';
import type { Floor } from '../matching/floor.ts';
import { isCustomerId, newcomer, RESIDENTS } from './people.ts';
import type { Profile } from './profile.ts';

/** Who has come since the desk opened, and when. */
export type Arrival = { readonly id: string; readonly at: EpochMs };

/** The customers and their accounts. An account's past is made up when somebody first looks at it. */
export type Register = {
  readonly seed: string;
  readonly residents: readonly Customer[];
  openedAt(): EpochMs;
  arrivals(): readonly Arrival[];
  /** Throws `not_found` for what cannot be a customer id. */
  customer(id: string): Customer;
  book(number: string): Book | undefined;
  openBooks(): readonly Book[];
  /** Forgets every account and begins again at that instant with those customers. */
  reopen(openedAt: EpochMs, arrivals: readonly Arrival[]): void;
};

type RegisterOptions = {
  readonly seed: string;
  readonly openedAt: EpochMs;
  readonly floor: Floor;
  readonly now: () => EpochMs;
};

type Registered = { readonly profile: Profile; readonly since: EpochMs };

export function createRegister(options: RegisterOptions): Register {
  const { seed, floor, now } = options;
  let openedAt = options.openedAt;
  const customers = new Map<string, Customer>();
  const accounts = new Map<string, Registered>();
  const books = new Map<string, Book>();
  let arrivals: Arrival[] = [];

  function enter(customer: Customer, profiles: readonly Profile[], since: EpochMs): void {
    customers.set(customer.id, customer);
    for (const profile of profiles) accounts.set(profile.number, { profile, since });
  }

  function welcome({ id, at }: Arrival): Customer {
    const { customer, profiles } = newcomer(id, (number) => accounts.has(number));
    enter(customer, profiles, at);
    arrivals.push({ id, at });
    return customer;
  }

  function reopen(at: EpochMs, came: readonly Arrival[]): void {
    openedAt = at;
    arrivals = [];
    for (const kept of [customers, accounts, books]) kept.clear();
    for (const { customer, profiles } of RESIDENTS) enter(customer, profiles, at);
    for (const arrival of came) welcome(arrival);
  }

  reopen(openedAt, []);
  return {
    seed,
    residents: RESIDENTS.map(({ customer }) => customer),
    openedAt: () => openedAt,
    arrivals: () => arrivals,
    customer(id) {
      const known = customers.get(id);
      if (known !== undefined) return known;
      if (!isCustomerId(id))
        throw new GatewayError('not_found', 'A customer id of the simulator is lower-case letters, digits and dashes.');
      return welcome({ id, at: now() });
    },
    book(number) {
      const open = books.get(number);
      const registered = accounts.get(number);
      if (open !== undefined || registered === undefined) return open;
      const book = openBook(registered.profile, registered.since);
      livePast(floor, book, { seed, openedAt: registered.since });
      books.set(number, book);
      return book;
    },
    openBooks: () => [...books.values()],
    reopen,
  };
}
