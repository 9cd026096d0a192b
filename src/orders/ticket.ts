import type { CallOptions } from '../broker/broker.ts';
import type { Instrument, InstrumentSpec } from '../broker/model/instrument.ts';
import { isBuy } from '../broker/model/order.ts';
import type { LegAction, OrderLeg, OrderType, TimeInForce } from '../broker/model/order.ts';
import type { AccountNumber, InstrumentType } from '../broker/model/symbol.ts';
import { isPositive, isWhole } from '../core/decimal.ts';
import type { Decimal } from '../core/decimal.ts';
import { GatewayError } from '../core/errors.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { parseAction } from './leg-action.ts';
import { positionEffect } from './position-effect.ts';
import { ratioOf } from './ratio.ts';

/** What a caller asks to trade, in the caller's words. `action` is any spelling of one of the six actions. */
export type AskedLeg = { readonly spec: InstrumentSpec; readonly action: string; readonly quantity: Decimal };

export type AskedOrder = {
  readonly legs: readonly AskedLeg[];
  readonly orderType: Extract<OrderType, 'Limit' | 'Market'>;
  readonly timeInForce: TimeInForce;
};

/** `ratio` is the leg's quantity in one unit of the order, which is what the net price is for. */
export type TicketLeg = {
  readonly instrument: Instrument;
  readonly action: LegAction;
  readonly quantity: Decimal;
  readonly ratio: Decimal;
};

/** A validated order that has neither a price nor been sent. All legs are of one type and one underlying. */
export type Ticket = Omit<AskedOrder, 'legs'> & { readonly legs: readonly TicketLeg[] };

export const toOrderLegs = (ticket: Ticket): OrderLeg[] =>
  ticket.legs.map(({ instrument, action, quantity }) => ({
    symbol: instrument.symbol,
    type: instrument.type,
    action,
    quantity,
  }));

/** Leg caps of the broker; what is not in it cannot be ordered. */
const MOST_LEGS: Partial<Record<InstrumentType, number>> = {
  Equity: 1,
  Future: 1,
  Cryptocurrency: 1,
  'Equity Option': 4,
  'Future Option': 4,
};

/** Reads positions only where a plain 'Buy' or 'Sell' depends on them. Throws `invalid_input` and what the broker throws. */
export async function writeTicket(order: AskedOrder, account: AccountNumber, context: TenantContext): Promise<Ticket> {
  const actions = order.legs.map((leg) => parseAction(leg.action));
  requireShape(order);
  const options = { signal: context.signal };
  const instruments = await resolveLegs(order.legs, context, options);
  requireOneKind(instruments);
  const legs = order.legs.map(({ quantity }, at) => {
    const [instrument, action] = [instruments[at], actions[at]];
    if (instrument === undefined || action === undefined) throw new RangeError('A leg without instrument or action');
    requireQuantity(instrument, quantity);
    return { instrument, action, quantity };
  });
  const explicit = await makeExplicit(legs, account, context);
  explicit.forEach(requireTradable);
  const ratios = ratioOf(explicit.map((leg) => leg.quantity));
  return { ...order, legs: explicit.map((leg, at) => ({ ...leg, ratio: ratios[at] ?? leg.quantity })) };
}

/** What needs no broker to be seen. */
function requireShape({ legs, orderType, timeInForce }: AskedOrder): void {
  if (legs.length === 0) throw refused('An order needs at least one leg.');
  if (legs.length > 4) throw refused(`An order has at most 4 legs; ${legs.length} were given.`);
  if (orderType !== 'Market') return;
  if (legs.length > 1) throw refused('A market order has exactly one leg.', 'Use a limit order for a spread.');
  if (timeInForce.startsWith('GT')) throw refused('A market order cannot wait: it takes Day or IOC.');
}

async function resolveLegs(
  legs: readonly AskedLeg[],
  { broker }: TenantContext,
  options: CallOptions,
): Promise<Instrument[]> {
  const resolutions = await broker.instruments.resolve(
    legs.map((leg) => leg.spec),
    options,
  );
  const missing = resolutions.flatMap((resolution, at) =>
    resolution.kind === 'missing' ? [{ leg: at + 1, ...resolution.error }] : [],
  );
  const [first] = missing;
  if (first !== undefined) {
    throw new GatewayError(first.code, `Leg ${first.leg}: ${first.message}`, {
      details: { legs: missing },
      advice: first.advice,
    });
  }
  return resolutions.flatMap((resolution) => (resolution.kind === 'found' ? [resolution.instrument] : []));
}

function requireOneKind(instruments: readonly Instrument[]): void {
  const [first, ...others] = instruments;
  if (first === undefined) return;
  const most = MOST_LEGS[first.type];
  if (most === undefined) throw refused(`${first.symbol} is of type ${first.type}, which cannot be ordered.`);
  if (others.some((other) => other.type !== first.type)) {
    throw refused('All legs of an order must be of one type.', 'Send one order for each type.');
  }
  if (instruments.length > most)
    throw refused(`An order in ${first.type} has at most ${most} leg${most > 1 ? 's' : ''}.`);
  if (others.some((other) => rootOf(other) !== rootOf(first))) {
    throw refused('All legs of an order must be of one underlying.', 'Send one order for each underlying.');
  }
  if (new Set(instruments.map((instrument) => instrument.symbol)).size < instruments.length) {
    throw refused('Each leg must be another instrument.', 'Add up the quantities of the same instrument in one leg.');
  }
}

/** Legs on two futures of one product (a calendar) belong together; on two stocks they do not. */
const rootOf = ({ type, underlying }: Instrument): string =>
  type === 'Future Option' ? underlying.replace(/[FGHJKMNQUVXZ]\d{1,2}$/u, '') : underlying;

function requireQuantity({ type, symbol }: Instrument, quantity: Decimal): void {
  if (!isPositive(quantity)) throw refused(`The quantity of ${symbol} must be positive; the action says the side.`);
  if (type !== 'Cryptocurrency' && !isWhole(quantity)) {
    throw refused(`The quantity of ${symbol} must be whole; ${quantity} was given.`);
  }
}

type Leg = Omit<TicketLeg, 'ratio'>;

/** Shares and coins say how they change the position; options must be told; futures net by themselves. */
async function makeExplicit(legs: readonly Leg[], account: AccountNumber, context: TenantContext): Promise<Leg[]> {
  const [first] = legs;
  if (first === undefined || first.instrument.type.endsWith('Option')) return [...legs];
  const { instrument, action, quantity } = first;
  if (instrument.type === 'Future' || (action !== 'Buy' && action !== 'Sell')) return [...legs];
  const positions = await context.broker.accounts.positions(account, { signal: context.signal });
  return [{ ...first, action: positionEffect({ instrument, side: action, quantity }, positions) }];
}

function requireTradable({ instrument, action }: Leg): void {
  const { type, symbol } = instrument;
  const isPlain = action === 'Buy' || action === 'Sell';
  if (type === 'Future' && !isPlain) throw refused(`A future takes 'Buy' or 'Sell', not '${action}'.`);
  if (type.endsWith('Option') && isPlain) {
    throw refused(
      `'${action}' does not say whether ${symbol} is opened or closed.`,
      `Use '${action} to Open' or '${action} to Close'.`,
    );
  }
  if (type === 'Cryptocurrency' && action === 'Sell to Open') throw refused(`${symbol} cannot be sold short.`);
  if (instrument.isClosingOnly && action.endsWith('Open')) {
    throw refused(`The broker takes only closing orders in ${symbol}.`);
  }
}

function refused(message: string, advice?: string): GatewayError {
  return new GatewayError('invalid_input', message, {
    details: { field: 'legs' },
    ...(advice === undefined ? {} : { advice }),
  });
}

/** The side that every leg is on, or `mixed`. */
export function sideOf(actions: readonly LegAction[]): 'buy' | 'sell' | 'mixed' {
  const buys = actions.filter(isBuy).length;
  if (buys === actions.length) return 'buy';
  return buys === 0 ? 'sell' : 'mixed';
}
