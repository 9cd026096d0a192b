import type { ChainSource } from './chains.ts';
import type { Listings, ListingKind } from './listings.ts';
import { createOptionFinder } from './option-finder.ts';
import type { OptionFinder } from './option-finder.ts';
import type { Session } from './session.ts';
import type { Listed } from './wire/instrument.ts';
import type { CallOptions, InstrumentOperations, Resolution } from '../broker.ts';
import { parseSymbol } from '../instruments/parse-symbol.ts';
import type { ParsedSymbol } from '../instruments/parse-symbol.ts';
import type { Instrument, InstrumentSpec } from '../model/instrument.ts';
import { GatewayError, tellError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';

export type InstrumentParts = { readonly session: Session; readonly listings: Listings; readonly chains: ChainSource };

/** Failures that are about one spec; all others are about asking the broker at all. */
const ABOUT_THE_SPEC: ReadonlySet<ErrorCode> = new Set(['not_found', 'choice_needed', 'invalid_input']);

const LISTED_KINDS = ['equity', 'future', 'cryptocurrency'] as const satisfies readonly ListingKind[];

type ListedSymbols = Readonly<Record<ListingKind, ReadonlyMap<string, Listed>>>;

type Plan = { readonly spec: InstrumentSpec; readonly parsed: ParsedSymbol | undefined };

const hasTerms = (spec: InstrumentSpec): boolean =>
  spec.optionSide !== undefined || spec.strike !== undefined || spec.expiration !== undefined;

function planOf(spec: InstrumentSpec): Plan {
  return { spec, parsed: parseSymbol(spec.symbol) };
}

function unreadable(): GatewayError {
  return new GatewayError('invalid_input', 'This is not a symbol that the broker could know.', {
    advice:
      'Write it like SPY, BRK/B, SPX, /ES, /ESZ6, BTC/USD, or an option by underlying, expiration, strike and side.',
  });
}

function usable(listed: Listed | undefined, symbol: string): Instrument {
  if (listed?.isActive === true) return listed.instrument;
  const why = listed === undefined ? 'The broker does not list' : 'The broker no longer trades';
  throw new GatewayError('not_found', `${why} ${symbol}.`, { advice: 'Look for it with search_symbols.' });
}

/** One call per kind for all plain symbols together. */
async function listedFor(plans: readonly Plan[], listings: Listings, options: CallOptions): Promise<ListedSymbols> {
  const wanted = (kind: ListingKind): readonly string[] =>
    plans.flatMap(({ spec, parsed }) => (parsed?.kind === kind && !hasTerms(spec) ? [parsed.symbol] : []));
  const [equity, future, cryptocurrency] = await Promise.all(
    LISTED_KINDS.map((kind) => listings.find(kind, wanted(kind), options)),
  );
  const none = new Map<string, Listed>();
  return { equity: equity ?? none, future: future ?? none, cryptocurrency: cryptocurrency ?? none };
}

type Sources = { readonly listed: ListedSymbols; readonly listings: Listings; readonly finder: OptionFinder };

async function instrumentFor({ spec, parsed }: Plan, sources: Sources, options: CallOptions): Promise<Instrument> {
  if (parsed === undefined) throw unreadable();
  if (hasTerms(spec)) return sources.finder.byTerms(spec, parsed, options);
  switch (parsed.kind) {
    case 'equity':
    case 'future':
    case 'cryptocurrency':
      return usable(sources.listed[parsed.kind].get(parsed.symbol), parsed.symbol);
    case 'future-product':
      return usable(await sources.listings.activeMonth(parsed.product, options), `/${parsed.product}`);
    case 'equity-option':
      return sources.finder.equityOption(parsed, options);
    case 'future-option':
      return sources.finder.futureOption(parsed, options);
  }
}

async function resolved(spec: InstrumentSpec, work: () => Promise<Instrument>): Promise<Resolution> {
  try {
    return { kind: 'found', spec, instrument: await work() };
  } catch (error) {
    if (error instanceof GatewayError && ABOUT_THE_SPEC.has(error.code)) {
      return { kind: 'missing', spec, error: tellError(error) };
    }
    throw error;
  }
}

export function createInstrumentOperations(parts: InstrumentParts): InstrumentOperations {
  const { listings, chains } = parts;
  const finder = createOptionFinder(parts.session, chains);
  return {
    async resolve(specs, options) {
      const plans = specs.map(planOf);
      const listed = await listedFor(plans, listings, options);
      const sources = { listed, listings, finder };
      return Promise.all(plans.map((plan) => resolved(plan.spec, () => instrumentFor(plan, sources, options))));
    },

    async chain(underlying, options) {
      const parsed = parseSymbol(underlying);
      if (parsed?.kind === 'equity') return chains.equity(parsed.symbol, options);
      if (parsed?.kind === 'future-product') return chains.futureProduct(parsed.product, options);
      if (parsed?.kind !== 'future') throw unreadable();
      const chain = await chains.futureProduct(parsed.product, options);
      const expirations = chain.expirations.filter((one) => one.underlying === parsed.symbol);
      if (expirations.length > 0)
        return { ...chain, underlying: expirations[0]?.underlying ?? chain.underlying, expirations };
      throw new GatewayError('not_found', `The broker lists no options on ${parsed.symbol}.`, {
        details: { futuresWithOptions: [...new Set(chain.expirations.map((one) => one.underlying))].slice(0, 10) },
      });
    },
  };
}
