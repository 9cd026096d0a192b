import type { EpochMs } from '../../../core/clock.ts';
import type { Decimal } from '../../../core/decimal.ts';
import type { LegAction, OrderType, TimeInForce } from '../../../broker/model/order.ts';
import type { Contract } from '../market.ts';

type Effect = 'Credit' | 'Debit';
export type TradedType = Exclude<Contract['instrumentType'], 'Index'>;

export type OrderStatus =
  | 'Received'
  | 'Routed'
  | 'In Flight'
  | 'Live'
  | 'Contingent'
  | 'Cancel Requested'
  | 'Replace Requested'
  | 'Filled'
  | 'Cancelled'
  | 'Expired'
  | 'Rejected';

export type Fill = {
  readonly id: string;
  readonly groupId: string;
  readonly execId: string;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly at: EpochMs;
  readonly venue: string;
};

export type Leg = {
  readonly symbol: string;
  readonly instrumentType: TradedType;
  /** Rewritten once, at intake, when a close without a position becomes an open. */
  action: LegAction;
  /** Of a notional order: known when it fills, zero before. */
  quantity: Decimal;
  remaining: Decimal;
  readonly fills: Fill[];
};

export type PriceComponent = {
  readonly symbol: string;
  readonly instrumentType: string;
  readonly quantity: number;
  readonly direction: 'Long' | 'Short';
};

export type Condition = {
  readonly id: number;
  readonly action: 'route' | 'cancel';
  readonly symbol: string;
  readonly instrumentType: string;
  readonly indicator: 'last' | 'nat';
  readonly comparator: 'gte' | 'lte';
  readonly threshold: Decimal;
  readonly isNotional: boolean;
  readonly components: readonly PriceComponent[];
  triggeredAt?: EpochMs;
  triggeredValue?: Decimal;
};

export type Rules = {
  readonly routeAfter?: EpochMs;
  readonly cancelAt?: EpochMs;
  readonly conditions: readonly Condition[];
};

/** What an order asks for: the part that a client writes. */
export type OrderTerms = {
  readonly orderType: OrderType;
  readonly timeInForce: TimeInForce;
  /** `YYYY-MM-DD`, with GTD only. */
  readonly gtcDate?: string;
  /** Unsigned, of one unit of the leg ratio. */
  readonly price?: Decimal;
  readonly priceEffect?: Effect;
  /** Of a Notional Market order, unsigned. */
  readonly value?: Decimal;
  readonly valueEffect?: Effect;
  readonly stopTrigger?: Decimal;
  readonly rules?: Rules;
  readonly externalIdentifier?: string;
  readonly source?: string;
};

/** The next change of an order that time alone brings about. */
export type Transition = 'route' | 'in-flight' | 'live' | 'cancel';

export type ComplexTag =
  | 'OCO::order'
  | 'OTO::trigger-order'
  | 'OTO::order'
  | 'OTOCO::trigger-order'
  | 'OTOCO::oco-1-order';

/** An order as the desk keeps it: plain JSON, changed only by the functions of `matching/` and `orders/`. */
export type Order = OrderTerms & {
  readonly id: number;
  readonly underlying: string;
  readonly underlyingType: 'Equity' | 'Future' | 'Cryptocurrency';
  readonly legs: readonly Leg[];
  status: OrderStatus;
  contingentStatus?: 'Pending Order' | 'Pending Condition';
  readonly receivedAt: EpochMs;
  updatedAt: EpochMs;
  inFlightAt?: EpochMs;
  liveAt?: EpochMs;
  cancelledAt?: EpochMs;
  terminalAt?: EpochMs;
  edited: boolean;
  rejectReason?: string;
  readonly replaces?: number;
  replacedBy?: number;
  readonly complexId?: number;
  readonly complexTag?: ComplexTag;
  readonly preflightId?: number;
  /** Buying power that the whole order ties up while it works; shrinks with what remains. */
  readonly reserve: Decimal;
  /** A Stop whose trigger has been touched trades like a Market order, a Stop Limit like a Limit. */
  isTriggered: boolean;
  due?: { readonly to: Transition; readonly at: EpochMs };
  /** When it expires by itself; absent for GTC. */
  expiresAt?: EpochMs;
};

export type ComplexOrder = {
  readonly id: number;
  readonly type: 'OCO' | 'OTO' | 'OTOCO';
  /** Replacements of a part take its place. */
  triggerId?: number;
  orderIds: number[];
  terminalAt?: EpochMs;
};

const TERMINAL: ReadonlySet<OrderStatus> = new Set(['Filled', 'Cancelled', 'Expired', 'Rejected']);
export const isTerminal = (order: Order): boolean => TERMINAL.has(order.status);

/** Waits for another order to fill or to end. Parts of an OCO wait for nothing but their routing. */
export const waitsForOrder = (order: Order): boolean =>
  order.contingentStatus === 'Pending Order' && order.due === undefined;

/** In the book of a venue: may trade at any moment, even while its cancel is under way. */
export const isAtVenue = (order: Order): boolean =>
  order.liveAt !== undefined &&
  (order.status === 'Live' || order.status === 'Cancel Requested' || order.status === 'Replace Requested');
