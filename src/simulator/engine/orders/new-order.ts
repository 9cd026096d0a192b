import { epochMs, type EpochMs } from '../../../core/clock.ts';
import type { Decimal } from '../../../core/decimal.ts';
import type { Candidate, Desktop } from './candidate.ts';
import { underlyingTypeOf } from './candidate.ts';
import type { Order, OrderTerms, Rules } from './order.ts';

export type NewOrder = {
  readonly id: number;
  readonly reserve: Decimal;
  readonly conditionId: () => number;
  readonly links?: Pick<Order, 'replaces' | 'complexId' | 'complexTag' | 'preflightId'>;
};

function lastsUntil(candidate: Candidate, { floor, at }: Desktop): EpochMs | undefined {
  const { timeInForce, gtcDate } = candidate.terms;
  const keeps = { type: candidate.contracts[0].instrumentType, timeInForce };
  if (gtcDate !== undefined) return floor.hours.dateEnds(keeps, gtcDate);
  return timeInForce.startsWith('GTC') ? undefined : floor.hours.dayEnds(keeps, at);
}

/** No order outlives what it is for. */
function expiry(candidate: Candidate, desk: Desktop): { expiresAt?: EpochMs } {
  const ends = [lastsUntil(candidate, desk), ...candidate.contracts.map((contract) => contract.expiresAt)].filter(
    (at) => at !== undefined,
  );
  return ends.length === 0 ? {} : { expiresAt: epochMs(Math.min(...ends)) };
}

function numbered(rules: Rules | undefined, conditionId: () => number): Pick<OrderTerms, 'rules'> {
  if (rules === undefined) return {};
  return {
    rules: { ...rules, conditions: rules.conditions.map((condition) => ({ ...condition, id: conditionId() })) },
  };
}

/** The order as it comes into the house: received, and not yet on its way. */
export function newOrder(candidate: Candidate, desk: Desktop, making: NewOrder): Order {
  const first = candidate.contracts[0];
  return {
    ...candidate.terms,
    ...numbered(candidate.terms.rules, making.conditionId),
    id: making.id,
    underlying: first.underlying,
    underlyingType: underlyingTypeOf(first),
    legs: candidate.legs.map((leg) => ({ ...leg, fills: [] })),
    status: 'Received',
    receivedAt: desk.at,
    updatedAt: desk.at,
    edited: false,
    reserve: making.reserve,
    isTriggered: false,
    ...expiry(candidate, desk),
    ...making.links,
  };
}
