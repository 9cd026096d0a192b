import { route } from './route.ts';
import type { Session } from './session.ts';
import { sharedLoad } from './shared-load.ts';
import { neverAborted } from './abort-error.ts';
import { wireEquityChain, wireFutureChain } from './wire/chain.ts';
import { envelope } from './wire/envelope.ts';
import type { CallOptions } from '../broker.ts';
import { equityChainKey, futureChainKey, underlyingOfRoot } from '../instruments/chain-keys.ts';
import type { OptionChain } from '../model/chain.ts';
import { brokerSymbol } from '../model/symbol.ts';
import type { SharedKey, SharedReference } from '../upstream.ts';
import { GatewayError, hasCode } from '../../core/errors.ts';
import { createSingleFlight } from '../../core/single-flight.ts';

const equityAnswer = envelope(wireEquityChain);
const futureAnswer = envelope(wireFutureChain);

/** Chains, loaded once for all tenants of an environment. All throw `not_found` when there are no such options. */
export type ChainSource = {
  /** By underlying, or by a root of its own such as `SPXW`: then only that root's expirations. */
  equity(name: string, options: CallOptions): Promise<OptionChain>;
  /** All options of a product (`ES`), over all its futures. */
  futureProduct(product: string, options: CallOptions): Promise<OptionChain>;
};

const noOptions = (name: string): GatewayError =>
  new GatewayError('not_found', `The broker lists no options on ${name}.`, {
    advice: 'Check the symbol with search_symbols.',
  });

const isNotFound = (error: unknown): boolean => hasCode(error, 'not_found');

export function createChainSource(session: Session, shared: SharedReference): ChainSource {
  const alone = createSingleFlight<OptionChain>();

  async function load(name: string, ask: () => Promise<OptionChain>): Promise<OptionChain> {
    try {
      const chain = await ask();
      if (chain.expirations.length > 0) return chain;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    throw noOptions(name);
  }

  async function loadEquity(underlying: string): Promise<OptionChain> {
    const path = route`/option-chains/${underlying}/nested`;
    const expirations = await session.read({ path, endpoint: 'chains' }, equityAnswer, { signal: neverAborted() });
    const underlyingSymbol = expirations[0]?.underlying ?? brokerSymbol(underlying);
    return { underlying: underlyingSymbol, optionType: 'Equity Option', expirations };
  }

  async function loadFuture(product: string): Promise<OptionChain> {
    const path = route`/futures-option-chains/${product}/nested`;
    const expirations = await session.read({ path, endpoint: 'chains' }, futureAnswer, { signal: neverAborted() });
    return { underlying: brokerSymbol(`/${product}`), optionType: 'Future Option', expirations };
  }

  function find(key: SharedKey, ask: () => Promise<OptionChain>, options: CallOptions): Promise<OptionChain> {
    const begin = (): Promise<OptionChain> => load(key.symbol, ask);
    const beginAlone = (): Promise<OptionChain> => alone(`${key.kind}:${key.symbol}`, begin);
    return sharedLoad({ shared, key, begin, beginAlone }, options);
  }

  const ofUnderlying = (underlying: string, options: CallOptions): Promise<OptionChain> =>
    find(equityChainKey(underlying), () => loadEquity(underlying), options);

  async function ofRoot(root: string, options: CallOptions): Promise<OptionChain> {
    const underlying = underlyingOfRoot(root);
    if (underlying === undefined) throw noOptions(root);
    const chain = await ofUnderlying(underlying, options);
    const expirations = chain.expirations.filter((one) => one.root === root);
    if (expirations.length === 0) throw noOptions(root);
    return { ...chain, expirations };
  }

  return {
    async equity(name, options) {
      try {
        return await ofUnderlying(name, options);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        return ofRoot(name, options).catch((second: unknown) => {
          throw isNotFound(second) ? error : second;
        });
      }
    },
    futureProduct: (product, options) => find(futureChainKey(product), () => loadFuture(product), options),
  };
}
