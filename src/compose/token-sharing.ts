import type { SharedParts } from './shared.ts';
import type { Basics, Tenancy } from './tenancy.ts';
import { createMemoryRecords } from '../fleet/memory-records.ts';
import { type TokenSharing, shareTokens, type TokenSharingParts } from '../relay/tokens/share-tokens.ts';
import { createTextSealer } from '../tenancy/vault/text-sealer.ts';

export type ComposedTokensParts = Pick<Basics, 'clock' | 'ids' | 'log'> &
  Pick<TokenSharingParts, 'onBreaker'> & {
    readonly shared: SharedParts;
    readonly deriveKey: Tenancy['deriveKey'];
  };

const PURPOSE = 'access token';

/** Tokens leave this process only sealed, under a key of their own that is not where they go. */
export function composeTokenSharing(parts: ComposedTokensParts): TokenSharing {
  const { shared, deriveKey, clock, ids } = parts;
  const sealer = createTextSealer(PURPOSE, deriveKey(PURPOSE), ids);
  const own = createMemoryRecords(clock);
  const tokens = shareTokens({
    ...parts,
    fleet: shared.fleet,
    own,
    sealerFor({ tenantId, environment, credentialsVersion }) {
      const place = (field: string) => ({ tenant: tenantId, environment, field, version: credentialsVersion });
      return {
        seal: (text, field) => sealer.seal(text, place(field)),
        open: (sealed, field) => sealer.open(sealed, place(field)),
      };
    },
  });
  return {
    of: (owner) => tokens.of(owner),
    close() {
      tokens.close();
      own.close();
    },
  };
}
