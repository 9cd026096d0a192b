import type { ChainSource } from './chains.ts';
import { route } from './route.ts';
import type { Session } from './session.ts';
import { envelope } from './wire/envelope.ts';
import { wireEquityOption } from './wire/instrument.ts';
import type { CallOptions } from '../broker.ts';
import { findOption, optionInstrument } from '../instruments/find-option.ts';
import type { WantedOption } from '../instruments/find-option.ts';
import { occSymbol } from '../instruments/occ-symbol.ts';
import type { ParsedSymbol } from '../instruments/parse-symbol.ts';
import type { OptionChain } from '../model/chain.ts';
import type { Instrument, InstrumentSpec } from '../model/instrument.ts';
import { GatewayError, hasCode } from '../../core/errors.ts';

type ParsedOf<Kind extends ParsedSymbol['kind']> = Extract<ParsedSymbol, { kind: Kind }>;

/** Finds option contracts in the chains. All throw `not_found` with the nearest there are, or `choice_needed`. */
export type OptionFinder = {
  byTerms(spec: InstrumentSpec, parsed: ParsedSymbol, options: CallOptions): Promise<Instrument>;
  equityOption(parsed: ParsedOf<'equity-option'>, options: CallOptions): Promise<Instrument>;
  futureOption(parsed: ParsedOf<'future-option'>, options: CallOptions): Promise<Instrument>;
};

const optionAnswer = envelope(wireEquityOption);

const isNotFound = (error: unknown): boolean => hasCode(error, 'not_found');

function found(chain: OptionChain, wanted: WantedOption): Instrument {
  return optionInstrument(chain, findOption(chain, wanted), wanted);
}

function termsOf(spec: InstrumentSpec) {
  const { optionSide: side, strike, expiration } = spec;
  if (side !== undefined && strike !== undefined && expiration !== undefined) return { side, strike, expiration };
  throw new GatewayError('invalid_input', 'An option needs its underlying, expiration, strike and side (C or P).');
}

export function createOptionFinder(session: Session, chains: ChainSource): OptionFinder {
  async function byTerms(spec: InstrumentSpec, parsed: ParsedSymbol, options: CallOptions): Promise<Instrument> {
    const terms = termsOf(spec);
    switch (parsed.kind) {
      case 'equity': {
        const chain = await chains.equity(parsed.symbol, options);
        const root = chain.underlying === parsed.symbol ? {} : { root: parsed.symbol };
        return found(chain, { ...terms, ...root, named: parsed.symbol });
      }
      case 'future':
        return found(await chains.futureProduct(parsed.product, options), {
          ...terms,
          named: parsed.symbol,
          underlying: parsed.symbol,
        });
      case 'future-product':
        return found(await chains.futureProduct(parsed.product, options), { ...terms, named: `/${parsed.product}` });
      case 'equity-option':
      case 'future-option':
        throw new GatewayError(
          'invalid_input',
          'This symbol names an option already: leave expiration, strike and side out.',
        );
      case 'cryptocurrency':
        throw new GatewayError('not_found', `The broker lists no options on ${parsed.symbol}.`);
    }
  }

  /** Roots such as `AAPL1` do not tell their underlying; the contract itself does. */
  async function underlyingOf(parsed: ParsedOf<'equity-option'>, options: CallOptions): Promise<string> {
    const symbol = occSymbol(parsed);
    const path = route`/instruments/equity-options/${symbol}`;
    return (await session.read({ path, endpoint: 'option' }, optionAnswer, options)).underlying;
  }

  async function equityOption(parsed: ParsedOf<'equity-option'>, options: CallOptions): Promise<Instrument> {
    const { root, side, strike, expiration } = parsed;
    const wanted = { named: root, root, side, strike, expiration };
    const chain = await chains.equity(root, options).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    if (chain !== undefined) return found(chain, wanted);
    return found(await chains.equity(await underlyingOf(parsed, options), options), wanted);
  }

  async function futureOption(parsed: ParsedOf<'future-option'>, options: CallOptions): Promise<Instrument> {
    const { product, symbol, side, strike, expiration } = parsed;
    return found(await chains.futureProduct(product, options), {
      named: `/${product}`,
      symbol,
      side,
      strike,
      expiration,
    });
  }

  return { byTerms, equityOption, futureOption };
}
