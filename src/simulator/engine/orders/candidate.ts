import { isNegative, isZero, ZERO, type Decimal } from '../../../core/decimal.ts';
import { isBuy, type LegAction } from '../../../broker/model/order.ts';
import type { EpochMs } from '../../../core/clock.ts';
import type { Book } from '../accounts/book.ts';
import type { Floor } from '../matching/floor.ts';
import { tradedContract, type TradedContract } from '../matching/natural.ts';
import type { OrderDraft } from './parse-order.ts';
import { closingWithNoPosition, type Remark } from './remark.ts';
import type { Leg, Order, OrderTerms, TradedType } from './order.ts';

/** A draft with its instruments known: what the preflight checks look at. */
export type Candidate = {
  readonly terms: OrderTerms;
  readonly legs: readonly Leg[];
  /** One per leg. */
  readonly contracts: readonly [TradedContract, ...TradedContract[]];
  /** The client wrote an opening action, not one that became an open for want of a position. */
  readonly asksToOpen: boolean;
  readonly warnings: readonly Remark[];
  /** Working orders that do not compete with this one: the one it replaces, the others of its group. */
  readonly beside: ReadonlySet<number>;
  /** A part that waits for another order: positions it will close may not be there yet. */
  readonly isContingent: boolean;
};

export type Desktop = { readonly floor: Floor; readonly book: Book; readonly at: EpochMs };

export const positionOf = (book: Book, symbol: string): Decimal => book.positions.get(symbol)?.quantity ?? ZERO;

export const isOpening = (action: LegAction): boolean => action.endsWith('Open');

const isAgainst = (held: Decimal, action: LegAction): boolean => !isZero(held) && isNegative(held) === isBuy(action);

/** Outright futures are bought and sold; the books know only opening and closing. */
function positionForm(book: Book, leg: Leg): LegAction {
  if (leg.action !== 'Buy' && leg.action !== 'Sell') return leg.action;
  return isAgainst(positionOf(book, leg.symbol), leg.action) ? `${leg.action} to Close` : `${leg.action} to Open`;
}

type Settled = { readonly leg: Leg; readonly warning?: Remark };

function settleAction(desk: Desktop, draft: { leg: Leg; isStrict: boolean; isContingent: boolean }): Settled {
  const action = positionForm(desk.book, draft.leg);
  const leg = { ...draft.leg, action };
  const closesNothing = action.endsWith('Close') && !isAgainst(positionOf(desk.book, leg.symbol), action);
  if (!closesNothing || draft.isStrict || draft.isContingent) return { leg };
  const becomes: LegAction = isBuy(action) ? 'Buy to Open' : 'Sell to Open';
  return { leg: { ...leg, action: becomes }, warning: closingWithNoPosition(becomes) };
}

type CandidateOptions = { readonly beside?: readonly number[]; readonly isContingent?: boolean };

/** Undefined when an instrument is not one that trades under the given type. */
export function candidateOf(desk: Desktop, draft: OrderDraft, options: CandidateOptions = {}): Candidate | undefined {
  const view = { market: desk.floor.market, at: desk.at };
  const contracts = draft.legs.map((leg) => tradedContract(leg.symbol, view));
  const known = contracts.filter(
    (contract, index) => contract !== undefined && contract.instrumentType === draft.legs[index]?.instrumentType,
  );
  const [first, ...others] = known.filter((contract) => contract !== undefined);
  if (first === undefined || known.length < draft.legs.length) return undefined;
  const isContingent = options.isContingent === true;
  const settled = draft.legs.map((leg) =>
    settleAction(desk, { leg, isStrict: draft.isStrictAboutCloses, isContingent }),
  );
  return {
    terms: draft.terms,
    legs: settled.map(({ leg }) => leg),
    contracts: [first, ...others],
    asksToOpen: draft.legs.some((leg) => isOpening(positionForm(desk.book, leg))),
    warnings: settled.flatMap(({ warning }) => warning ?? []),
    beside: new Set(options.beside),
    isContingent,
  };
}

const UNDERLYING_TYPES = {
  Equity: 'Equity',
  'Equity Option': 'Equity',
  Future: 'Future',
  'Future Option': 'Future',
  Cryptocurrency: 'Cryptocurrency',
} as const satisfies Record<TradedType, Order['underlyingType']>;

export const underlyingTypeOf = (contract: TradedContract): Order['underlyingType'] =>
  UNDERLYING_TYPES[contract.instrumentType];
