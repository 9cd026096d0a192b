import type { IdSource } from '../core/ids.ts';
import { type Flight, createFlight } from './flight.ts';
import type { Slot } from './reference-key.ts';
import type { Found } from './seek.ts';

/** All that this replica looks for at the time. */
export type Flights = {
  open(plan: FlightWish): Flight;
  close(flight: Flight): void;
  /** Joins the search for this id, or begins one with a flight of its own. */
  search(wish: FlightWish, begin: (flight: Flight) => Promise<Found>): Promise<Found>;
  /** What comes of it is kept nowhere, and nobody joins it any more. */
  lose(flight: Flight): void;
  loseAll(slot: Slot): void;
  /** Something may have changed: of this slot, or of any. */
  touch(slot: Slot | undefined): void;
};

type FlightWish = Omit<Parameters<typeof createFlight>[0], 'version'>;

export function createFlights(ids: Pick<IdSource, 'uuid'>): Flights {
  const flights = new Set<Flight>();
  const searches = new Map<string, { readonly flight: Flight; readonly found: Promise<Found> }>();
  const of = (slot: Slot | undefined): readonly Flight[] =>
    [...flights].filter((flight) => slot === undefined || flight.slot.id === slot.id);

  function leave(flight: Flight): void {
    const { id } = flight.slot;
    if (searches.get(id)?.flight === flight) searches.delete(id);
  }

  function open(wish: FlightWish): Flight {
    const flight = createFlight({ ...wish, version: ids.uuid() });
    flights.add(flight);
    return flight;
  }

  function close(flight: Flight): void {
    flights.delete(flight);
    leave(flight);
  }

  function lose(flight: Flight): void {
    flight.isLost = true;
    leave(flight);
  }

  return {
    open,
    close,
    search(wish, begin) {
      const { id } = wish.slot;
      const running = searches.get(id);
      if (running !== undefined) return running.found;
      const flight = open(wish);
      const found = begin(flight).finally(() => close(flight));
      searches.set(id, { flight, found });
      return found;
    },
    lose,
    loseAll: (slot) => of(slot).forEach(lose),
    touch: (slot) => of(slot).forEach((flight) => flight.touch()),
  };
}
