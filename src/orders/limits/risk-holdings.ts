import { isBuy } from '../../broker/model/order.ts';
import { ZERO, negate, subtract } from '../../core/decimal.ts';
import { NOTHING_HELD, closed, holdingsOf, opened } from './holdings.ts';
import type { Holdings } from './holdings.ts';
import type { JudgedLeg } from './closing.ts';
import type { JudgedPart } from './judged-order.ts';
import type { OrderFacts } from './order-facts.ts';
import { lessWorking } from './working-holdings.ts';

/** What is held, for the question of what covers what. What could not be read covers nothing. */
export type HeldCover = {
  readonly all: Holdings;
  /** Without what working orders may still take. */
  readonly free: Holdings;
  /** Whether `free` is all that there is. */
  readonly isReadable: boolean;
  readonly arePositionsKnown: boolean;
  /** Why something could not be read; empty when all was. */
  readonly why: string;
};

export function heldCover({ positions, working }: OrderFacts): HeldCover {
  if (positions.kind === 'unreadable') {
    const { why } = positions;
    return { all: NOTHING_HELD, free: NOTHING_HELD, isReadable: false, arePositionsKnown: false, why };
  }
  const all = holdingsOf(positions.value);
  if (working.kind === 'unreadable') {
    return { all, free: NOTHING_HELD, isReadable: false, arePositionsKnown: true, why: working.why };
  }
  const free = lessWorking(all, working.value);
  if (free !== undefined) return { all, free, isReadable: true, arePositionsKnown: true, why: '' };
  const why = 'A working order that sells was not understood.';
  return { all, free: NOTHING_HELD, isReadable: false, arePositionsKnown: true, why };
}

/** After a part came to pass; of one that is not `certain`, only what it takes away counts. */
export function afterPart(held: HeldCover, part: JudgedPart, certain: boolean): HeldCover {
  const legs = certain ? part.legs : part.legs.filter(({ action }) => !isBuy(action));
  return { ...held, all: legs.reduce(afterLeg, held.all), free: legs.reduce(afterLeg, held.free) };
}

function afterLeg(held: Holdings, { instrument, action, quantity, opens }: JudgedLeg): Holdings {
  if (quantity === undefined) return held;
  const signed = isBuy(action) ? (amount: typeof opens) => amount : negate;
  const closes = subtract(quantity, opens);
  const rest = closes === ZERO ? held : closed(held, instrument.symbol, signed(closes));
  return opened(rest, instrument, signed(opens));
}
