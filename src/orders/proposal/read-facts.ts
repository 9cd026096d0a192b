import type { AccountHoldings } from '../../broker/model/account.ts';
import type { ComplexType, Preview } from '../../broker/model/order.ts';
import type { Market } from '../../broker/model/reference.ts';
import type { AccountNumber } from '../../broker/model/symbol.ts';
import type { Decimal } from '../../core/decimal.ts';
import { asGatewayError } from '../../core/errors.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { HoldingsReader } from '../ticket/holdings-reader.ts';
import { needsWorking } from '../limits/closing.ts';
import type { OrderFacts, PricedTicket, Readable } from '../limits/order-facts.ts';
import { fromPreview } from '../outcome.ts';
import type { ForetoldOutcome } from '../outcome.ts';
import { readNetMarket } from '../pricing/net-market.ts';
import type { NetMarket } from '../pricing/net-market.ts';
import type { Ticket } from '../ticket/ticket.ts';

/** A ticket at its price; `market` where it has just been read to find that price. */
export type Priced = { readonly ticket: Ticket; readonly price?: Decimal; readonly market?: NetMarket };

/** What the question whether an order closes depends on, read before all else. */
export type Standing = Pick<OrderFacts, 'complexType' | 'positions' | 'working' | 'realizedToday'>;

export type FactsQuery = {
  readonly account: AccountNumber;
  readonly priced: readonly Priced[];
  readonly standing: Standing;
  readonly dryRun: () => Promise<Preview>;
  readonly alreadyReserved?: Decimal;
};

export type ReadFacts = { readonly facts: OrderFacts; readonly foretold?: ForetoldOutcome };

/**
 * Reads all that an order is judged by, at once. What cannot be read is told as such: it is for the limits to refuse it.
 * Throws only when the caller has left, or when the broker's login needs its owner.
 */
export async function readFacts(query: FactsQuery, context: TenantContext): Promise<ReadFacts> {
  const { account, priced, standing, alreadyReserved } = query;
  const [parts, session, preview] = await Promise.all([
    Promise.all(priced.map((part) => withMarket(part, context))),
    readable(() => readSession(priced, context), context),
    readable(query.dryRun, context),
  ]);
  const facts: OrderFacts = {
    account,
    parts,
    ...standing,
    effects: preview.kind === 'known' ? effectsOf(preview.value) : preview,
    session,
    ...(alreadyReserved === undefined ? {} : { alreadyReserved }),
  };
  return preview.kind === 'known' ? { facts, foretold: fromPreview(preview.value) } : { facts };
}

const UNREAD = { kind: 'unreadable', why: 'It was not needed.' } as const;

/** Nothing but the form: for closing orders, which no figure may hold up. */
export function bareFacts({
  account,
  priced,
  standing,
}: Pick<FactsQuery, 'account' | 'priced' | 'standing'>): OrderFacts {
  const parts = priced.map(({ ticket, price, market }): PricedTicket => ({
    ticket,
    ...(price === undefined ? {} : { price }),
    market: market === undefined ? UNREAD : { kind: 'known', value: market },
  }));
  return { account, parts, ...standing, effects: UNREAD, session: UNREAD };
}

type Asking = {
  readonly account: AccountNumber;
  readonly priced: readonly Priced[];
  readonly holdings: HoldingsReader;
  readonly complexType?: ComplexType;
  /** The order that is being replaced: it does not work beside its successor. */
  readonly replaced?: string;
};

export async function readStanding(asking: Asking, context: TenantContext): Promise<Standing> {
  const { account, priced, holdings, complexType, replaced } = asking;
  const { broker, signal } = context;
  const live = async () => (await broker.orders.live(account, { signal })).filter(({ id }) => id !== replaced);
  const [held, working] = await Promise.all([
    readable(() => holdings.read(), context),
    needsWorking(priced) ? readable(live, context) : UNREAD,
  ]);
  return { ...fromHoldings(held), working, ...(complexType === undefined ? {} : { complexType }) };
}

function fromHoldings(held: Readable<AccountHoldings>): Pick<Standing, 'positions' | 'realizedToday'> {
  if (held.kind === 'unreadable') return { positions: held, realizedToday: held };
  const { positions, realizedToday } = held.value;
  return {
    positions: { kind: 'known', value: positions },
    realizedToday: realizedToday === undefined ? UNTOLD : { kind: 'known', value: realizedToday },
  };
}

const UNTOLD = {
  kind: 'unreadable',
  why: 'The broker did not tell of every position what it realised today.',
} as const;

const effectsOf = (preview: Preview): OrderFacts['effects'] =>
  preview.effects === undefined
    ? { kind: 'unreadable', why: 'The broker would refuse the order, and told no figures of it.' }
    : { kind: 'known', value: preview.effects };

async function withMarket({ ticket, price, market }: Priced, context: TenantContext): Promise<PricedTicket> {
  const read: PricedTicket['market'] =
    market === undefined
      ? await readable(() => readNetMarket(ticket, context), context)
      : { kind: 'known', value: market };
  return { ticket, ...(price === undefined ? {} : { price }), market: read };
}

async function readSession(priced: readonly Priced[], { broker, signal }: TenantContext): Promise<string> {
  const market = marketOf(priced);
  // Coins trade at all hours.
  if (market === undefined) return 'Open';
  const sessions = await broker.reference.sessions([market], { signal });
  return sessions.find((session) => session.market === market)?.state ?? 'Unknown';
}

function marketOf(priced: readonly Priced[]): Market | undefined {
  const instrument = priced[0]?.ticket.legs[0]?.instrument;
  if (instrument === undefined || instrument.type === 'Cryptocurrency') return undefined;
  if (!instrument.type.startsWith('Future')) return 'Equity';
  return instrument.underlying.startsWith('/VX') ? 'CFE' : 'CME';
}

/** A figure, or our own words for why there is none. */
async function readable<Value>(read: () => Promise<Value>, { signal }: TenantContext): Promise<Readable<Value>> {
  try {
    return { kind: 'known', value: await read() };
  } catch (thrown) {
    signal.throwIfAborted();
    const error = asGatewayError(thrown);
    if (error.code === 'reconnect_needed' || error.code === 'internal') throw error;
    return { kind: 'unreadable', why: error.message };
  }
}
