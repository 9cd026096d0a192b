import type { EpochMs } from '../../core/clock.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { AccountNumber, BrokerSymbol, InstrumentType, IsoDate } from './symbol.ts';

export const ORDER_TYPES = ['Limit', 'Market', 'Marketable Limit', 'Stop', 'Stop Limit', 'Notional Market'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

export const TIMES_IN_FORCE = [
  'Day',
  'GTC',
  'GTD',
  'IOC',
  'Ext',
  'GTC Ext',
  'Ext Overnight',
  'GTC Ext Overnight',
] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

export const LEG_ACTIONS = ['Buy to Open', 'Buy to Close', 'Sell to Open', 'Sell to Close', 'Buy', 'Sell'] as const;
export type LegAction = (typeof LEG_ACTIONS)[number];

export const isBuy = (action: LegAction): boolean => action.startsWith('Buy');

export type OrderLeg = {
  readonly symbol: BrokerSymbol;
  readonly type: InstrumentType;
  readonly action: LegAction;
  /** Absent in a Notional Market order, and only there. */
  readonly quantity?: Decimal;
};

/** What is sent to the broker: exactly this, and nothing that a caller wrote elsewhere. */
export type OrderRequest = {
  readonly orderType: OrderType;
  readonly timeInForce: TimeInForce;
  /** With GTD only. */
  readonly goodUntil?: IsoDate;
  /** Signed net price of one unit of the leg ratio: credit positive, debit negative. Absent for Market and Stop. */
  readonly price?: Decimal;
  readonly stopTrigger?: Decimal;
  /** Of a Notional Market order: how much money to trade, signed like a price (negative buys). */
  readonly value?: Decimal;
  readonly legs: readonly OrderLeg[];
  /** Ours, unique for each intent; the broker stores it and does not deduplicate by it. */
  readonly externalId: string;
};

export const COMPLEX_TYPES = ['OCO', 'OTO', 'OTOCO'] as const;
export type ComplexType = (typeof COMPLEX_TYPES)[number];

/**
 * Several orders that hang together. OCO: two closing orders, of which the first to fill cancels the other. OTO: a trigger,
 * whose fill sends up to three others. OTOCO: a trigger, whose fill sends an OCO. Each part has an `externalId` of its own;
 * the first that is sent (the trigger, else the first order) carries that of the intent.
 */
export type ComplexRequest = {
  readonly type: ComplexType;
  readonly trigger?: OrderRequest;
  readonly orders: readonly OrderRequest[];
};

/** What may change when a working order is replaced; the legs may not. */
export type ReplaceRequest = Omit<OrderRequest, 'legs'>;

/** `id` is the broker's, unique within its leg. */
export type Fill = {
  readonly id?: string;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly at?: EpochMs;
};

export type PlacedLeg = {
  readonly symbol: BrokerSymbol;
  readonly type: string;
  readonly action: string;
  readonly quantity?: Decimal;
  readonly remaining?: Decimal;
  readonly fills: readonly Fill[];
};

/** An order as the broker holds it. Statuses are the broker's words; unknown ones are passed on. */
export type PlacedOrder = {
  readonly id: string;
  readonly account: AccountNumber;
  readonly status: string;
  readonly orderType: string;
  readonly timeInForce: string;
  readonly goodUntil?: IsoDate;
  readonly underlying?: BrokerSymbol;
  readonly size?: Decimal;
  /** Signed: credit positive. */
  readonly price?: Decimal;
  readonly stopTrigger?: Decimal;
  /** Of a Notional Market order: dollars, signed like a price. */
  readonly value?: Decimal;
  readonly legs: readonly PlacedLeg[];
  readonly isCancellable: boolean;
  readonly isEditable: boolean;
  readonly rejectReason?: string;
  readonly replaces?: string;
  readonly replacedBy?: string;
  readonly complexOrderId?: string;
  readonly externalId?: string;
  readonly receivedAt?: EpochMs;
  readonly updatedAt?: EpochMs;
};

const TERMINAL = new Set(['Filled', 'Cancelled', 'Expired', 'Rejected', 'Removed', 'Partially Removed']);
export const isTerminal = (status: string): boolean => TERMINAL.has(status);

/** Whether an order has ended, or a cancel of it is on its way. */
export const isEnding = ({ status }: Pick<PlacedOrder, 'status'>): boolean =>
  isTerminal(status) || status === 'Cancel Requested';

/** A broker's remark on an order: `code` is its own, `message` its words (cleaned and bounded). */
export type OrderRemark = { readonly code: string; readonly message: string };

/** All amounts signed: credit or gain positive, debit or cost negative. Absent where the broker said nothing. */
export type BuyingPowerEffect = {
  readonly changeInBuyingPower?: Decimal;
  readonly changeInMarginRequirement?: Decimal;
  readonly currentBuyingPower?: Decimal;
  readonly newBuyingPower?: Decimal;
  readonly isolatedMarginRequirement?: Decimal;
};

export type OrderEffects = {
  readonly buyingPower?: BuyingPowerEffect;
  /** Total of fees and commissions, signed: a cost is negative. */
  readonly fees?: Decimal;
  readonly warnings: readonly OrderRemark[];
};

/** The broker's answer to a dry run: what would happen, or why it would be refused (and then effects may still be told). */
export type Preview =
  | { readonly kind: 'acceptable'; readonly effects: OrderEffects }
  | { readonly kind: 'refused'; readonly reasons: readonly OrderRemark[]; readonly effects?: OrderEffects };

/**
 * What is known after one send. `not-sent` is proven not to have reached the broker; `unknown` may or may not be there.
 */
export type SendOutcome =
  | {
      readonly kind: 'accepted';
      readonly order: PlacedOrder;
      /** The other parts of a complex order. */
      readonly others?: readonly PlacedOrder[];
      readonly effects: OrderEffects;
    }
  | { readonly kind: 'refused'; readonly reasons: readonly OrderRemark[]; readonly effects?: OrderEffects }
  | { readonly kind: 'not-sent'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };
