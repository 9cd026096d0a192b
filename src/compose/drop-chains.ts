import { ENVIRONMENTS } from '../broker/broker.ts';
import { chainKeysOf } from '../broker/instruments/chain-keys.ts';
import type { SharedValues } from '../broker/upstream.ts';
import type { ReferenceCache } from '../cache/reference-cache.ts';
import { GatewayError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { ChainsDropped, ChainsWish } from '../transports/http/admin/admin.ts';

export type ChainDropper = {
  readonly chains: Pick<ReferenceCache<SharedValues>, 'drop'>;
  readonly log: Log;
};

/** All replicas ask the broker anew for the options of a symbol. Throws `invalid_input` for one that has none. */
export async function dropChains({ chains, log }: ChainDropper, wish: ChainsWish): Promise<ChainsDropped> {
  const { symbol, environment, by } = wish;
  const keys = chainKeysOf(symbol);
  if (keys.length === 0) {
    throw new GatewayError('invalid_input', 'This is not a symbol that has options.', {
      advice: 'Name an underlying (SPY, BRK/B, SPX) or a future (/ES); in a path its slash is written %2F.',
    });
  }
  const environments = environment === undefined ? ENVIRONMENTS : [environment];
  const drops = environments.flatMap((place) => keys.map((key) => chains.drop({ ...key, environment: place })));
  const outcomes = await Promise.allSettled(drops);
  log.info({ by, chains: keys.map((key) => key.symbol), environments }, 'An operator dropped option chains');
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw hereOnly(outcome.reason);
  return { chains: keys.map((key) => key.symbol), environments };
}

function hereOnly(cause: unknown): GatewayError {
  return new GatewayError(
    'coordination_unavailable',
    'Only this replica dropped the chains; the others were not reached.',
    {
      cause,
      advice: 'Ask again when GET /readyz shows that Redis is ok.',
    },
  );
}
