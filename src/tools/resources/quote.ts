import type { Instrument } from '../../broker/model/instrument.ts';
import type { EventOf } from '../../broker/model/quote.ts';
import type { StreamerSymbol } from '../../broker/model/symbol.ts';
import { GatewayError } from '../../core/errors.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { getQuotes } from '../get-quotes.ts';
import type { Gaps, ResourceListener, ResourceTemplate } from '../pack.ts';
import { symbolField } from '../support/input-fields.ts';
import { JSON_TYPE, jsonBody, noSuchResource, readThrough } from './read-through.ts';

/** `quote://{symbol}`: one live quote. */
export const quote: ResourceTemplate = Object.freeze<ResourceTemplate>({
  uriTemplate: 'quote://{symbol}',
  name: 'quote',
  title: 'Live quote',
  description:
    'As get_quotes answers it, of one instrument by its symbol, percent-encoded: quote://SPY, quote://%2FESZ6, quote://BTC%2FUSD. Tells when it has changed, about once a second at most.',
  mimeType: JSON_TYPE,
  scope: 'read',
  async read(uri, { symbol = '' }, context) {
    const data = await readThrough(getQuotes, { instruments: [{ symbol }] }, context);
    const { quotes } = getQuotes.output.parse(data);
    if (quotes[0]?.error?.code === 'not_found') throw noSuchResource();
    return jsonBody(uri, data);
  },
  async check(gaps, context) {
    await findFeed(gaps, context);
  },
  async watch(gaps, context, listener) {
    return watchFeed(await findFeed(gaps, context), context, listener);
  },
});

type Feed = { readonly symbol: StreamerSymbol; readonly instrument: Instrument };
type PriceKind = 'Quote' | 'Trade';

/** Throws `not_found`, `quote_unavailable` where the broker names no feed, and what kept the broker from answering. */
async function findFeed({ symbol = '' }: Gaps, { broker, signal }: TenantContext): Promise<Feed> {
  const named = symbolField.safeParse(symbol);
  if (!named.success) throw noSuchResource();
  const [resolution] = await broker.instruments.resolve([{ symbol: named.data }], { signal });
  if (resolution?.kind !== 'found') throw noSuchResource();
  const { instrument } = resolution;
  if (instrument.streamerSymbol !== undefined) return { symbol: instrument.streamerSymbol, instrument };
  throw new GatewayError('quote_unavailable', 'The broker names no market data feed for it.');
}

/** An index has only a last price, an option only bid and ask: the first kind is the one without which there is nothing to tell. */
function kindsOf({ type, option }: Instrument): readonly [PriceKind, ...PriceKind[]] {
  if (type === 'Index') return ['Trade'];
  return option === undefined ? ['Quote', 'Trade'] : ['Quote'];
}

function watchFeed({ symbol, instrument }: Feed, { broker }: TenantContext, listener: ResourceListener): () => void {
  const shown = new Map<PriceKind, string>();
  const [main, ...others] = kindsOf(instrument);
  const watch = (kind: PriceKind, ended: () => void): (() => void) =>
    broker.marketData.watch(
      { symbol, kind },
      {
        value(event) {
          const text = shownOf(event);
          if (shown.get(kind) === text) return;
          shown.set(kind, text);
          listener.changed();
        },
        ended,
      },
    );
  const stops = [watch(main, () => listener.ended()), ...others.map((kind) => watch(kind, () => {}))];
  return () => stops.forEach((stop) => stop());
}

/** What of an event a reader of the quote would see. */
function shownOf(event: EventOf<PriceKind>): string {
  if (event.kind === 'Trade') return String(event.price);
  return JSON.stringify([event.bid, event.ask, event.bidSize, event.askSize]);
}
