import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { SharedToken } from '../../broker/shared-tokens.ts';
import type { Clock } from '../../core/clock.ts';
import type { SealedRecord } from './sealed-records.ts';

/** As it is sealed; `endsAt` is by the wall clock of the one who got it. */
export const currentTokenSchema = z.object({
  token: z.string(),
  lifeMs: z.number(),
  endsAt: z.number(),
  isUnproven: z.boolean(),
});
type Sealed = z.output<typeof currentTokenSchema>;

/** The newest token that any replica got. */
export type CurrentToken = {
  read(): Promise<SharedToken | undefined>;
  /** Unless there is one that lives longer: a replica that was frozen does not put an older one over a newer. */
  keep(token: SharedToken): Promise<void>;
  /** Removes exactly this one. False when there is another. */
  giveUp(token: string): Promise<boolean>;
  /** Says of exactly this one that it works. */
  prove(token: string): Promise<void>;
};

/** The store's clock, which all replicas read alike, says when it ends; one that jumped is not believed by more than this. */
const MAX_SKEW_MS = 60_000;
/** The store begins to count when it is told: no later than this, or it counts as away. */
const ON_ITS_WAY_MS = 250;
const MOST_TRIES = 10;

/** To know a token again by, without having it. */
export const tokenDigest = (token: string): string => createHash('sha256').update(token).digest('base64url');

export function createCurrentToken(record: SealedRecord<Sealed>, clock: Clock): CurrentToken {
  async function look(): Promise<{ readonly sealed?: string; readonly token?: SharedToken }> {
    const askedAtMs = clock.monotonicMs();
    const found = await record.read();
    if (found?.value === undefined) return found ?? {};
    const { endsAt, ...known } = found.value;
    const leftMs = Math.min(found.leftMs, endsAt + MAX_SKEW_MS - clock.now());
    return { sealed: found.sealed, ...(leftMs > 0 ? { token: { ...known, endsAtMs: askedAtMs + leftMs } } : {}) };
  }

  /** Null changes nothing, undefined removes it. Tried again when somebody else changed it meanwhile. */
  async function change(to: (present: SharedToken | undefined) => SharedToken | undefined | null): Promise<boolean> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const { sealed, token } = await look();
      const next = to(token);
      if (next === null) return false;
      if (await record.swap(sealed, next === undefined ? undefined : sealable(next, clock))) return true;
    }
    return false;
  }

  return {
    read: async () => (await look()).token,
    async keep(token) {
      if (token.endsAtMs - clock.monotonicMs() <= ON_ITS_WAY_MS) return;
      await change((present) => (present !== undefined && present.endsAtMs >= token.endsAtMs ? null : token));
    },
    giveUp: (token) => change((present) => (present === undefined || present.token === token ? undefined : null)),
    async prove(token) {
      await change((present) =>
        present?.token === token && present.isUnproven ? { ...present, isUnproven: false } : null,
      );
    },
  };
}

function sealable({ endsAtMs, ...known }: SharedToken, clock: Clock) {
  const leftMs = Math.max(1, Math.floor(endsAtMs - clock.monotonicMs() - ON_ITS_WAY_MS));
  return { value: { ...known, endsAt: clock.now() + leftMs }, ttlMs: leftMs };
}
