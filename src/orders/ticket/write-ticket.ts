import type { Instrument } from '../../broker/model/instrument.ts';
import type { LegAction } from '../../broker/model/order.ts';
import { decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';
import { quoted } from '../../core/quoted.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { parseAction } from './leg-action.ts';
import { requireFit } from './order-rules.ts';
import { positionEffect } from './position-effect.ts';
import { ratioOf } from './ratio.ts';
import type { HoldingsReader } from './holdings-reader.ts';
import { requireOneKind, requireTradable } from './require-legs.ts';
import type { AskedLeg, AskedOrder, Ticket, TicketLeg } from './ticket.ts';

const ONE = decimal(1);
const MOST_QUOTED = 40;

/** The form of the order has been checked. Reads holdings only where a plain 'Buy' or 'Sell' depends on them. Throws `invalid_input`. */
export async function writeTicket(
  order: AskedOrder,
  holdings: HoldingsReader,
  context: TenantContext,
): Promise<Ticket> {
  const actions = order.legs.map((leg) => parseAction(leg.action));
  const instruments = await resolveLegs(order.legs, context);
  requireOneKind(instruments);
  const asked = order.legs.map(({ quantity }, at) => {
    const [instrument, action] = [instruments[at], actions[at]];
    if (instrument === undefined || action === undefined) throw new RangeError('A leg without instrument or action');
    return { instrument, action, ...(quantity === undefined ? {} : { quantity }) };
  });
  const settled = await settleActions(asked, holdings);
  settled.forEach(requireTradable);
  const ratios = order.orderType === 'Notional Market' ? [ONE] : ratioOf(settled.map((leg) => leg.quantity ?? ONE));
  const legs = settled.map((leg, at) => ({ ...leg, ratio: ratios[at] ?? ONE }));
  requireFit(order, legs);
  return { ...order, legs, repairs: order.legs.flatMap((leg, at) => repairsOf(leg, legs[at])) };
}

async function resolveLegs(legs: readonly AskedLeg[], { broker, signal }: TenantContext): Promise<Instrument[]> {
  const resolutions = await broker.instruments.resolve(
    legs.map((leg) => leg.spec),
    { signal },
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

type Leg = Omit<TicketLeg, 'ratio'>;

const isPlain = (action: LegAction): action is 'Buy' | 'Sell' => action === 'Buy' || action === 'Sell';

/** A plain 'Buy' or 'Sell' says how it changes the position by what is held; futures net by themselves. */
async function settleActions(legs: readonly Leg[], holdings: HoldingsReader): Promise<Leg[]> {
  const isOpenToReading = ({ instrument, action }: Leg): boolean => isPlain(action) && instrument.type !== 'Future';
  if (!legs.some(isOpenToReading)) return [...legs];
  const { positions } = await holdings.read();
  return legs.map((leg) => {
    const { action, ...rest } = leg;
    if (!isPlain(action) || leg.instrument.type === 'Future') return leg;
    return { ...rest, action: positionEffect({ ...rest, side: action }, positions) };
  });
}

/** What was understood though it was not said letter by letter. Sides and quantities never are. */
function repairsOf(asked: AskedLeg, leg: TicketLeg | undefined): string[] {
  if (leg === undefined) return [];
  const { action, instrument } = leg;
  const why = isPlain(parseAction(asked.action)) ? ', by what is held' : '';
  return [
    ...(asked.action === action ? [] : [`action "${quoted(asked.action, MOST_QUOTED)}" was read as '${action}'${why}`]),
    ...(asked.spec.strike !== undefined || asked.spec.symbol === instrument.symbol
      ? []
      : [`symbol "${quoted(asked.spec.symbol, MOST_QUOTED)}" was read as '${instrument.symbol}'`]),
  ];
}
