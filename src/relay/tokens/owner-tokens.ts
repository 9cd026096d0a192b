import * as z from 'zod';
import type { RenewalEnd, RenewalRight, SharedTokens, TokenNews } from '../../broker/shared-tokens.ts';
import type { Clock } from '../../core/clock.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Log } from '../../core/log.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import { createCurrentToken, currentTokenSchema, tokenDigest } from './current-token.ts';
import { createFailedAttempts, failedAttemptSchema } from './failed-attempts.ts';
import type { GrantBreaker } from './grant-breaker.ts';
import type { OrAlone } from './or-alone.ts';
import { type HeldLease, holdLease } from './renewal-lease.ts';
import { createSealedRecord, type TokenSealer } from './sealed-records.ts';
import type { SteadyRecords } from './steady-records.ts';
import type { TokenSignals } from './token-signals.ts';

/** Whose tokens they are: a tenant's, by the credentials that it has. */
export type TokenOwner = {
  readonly tenantId: string;
  readonly environment: string;
  readonly credentialsVersion: number;
};

export type OwnerTokensParts = {
  readonly owner: TokenOwner;
  readonly fleet: Pick<Fleet, 'leases' | 'replica'>;
  readonly records: SteadyRecords;
  readonly orAlone: OrAlone;
  readonly sealer: TokenSealer;
  readonly breaker: GrantBreaker;
  readonly signals: TokenSignals;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
};

/** A grant that was refused is tried once more after a day, should nobody have connected another. */
const PARKED_MS = 86_400_000;
/** For so long the refusal of a new token is no reason to ask for yet another one. */
const REPLACING_MS = 10_000;

const parkedSchema = z.object({ digest: z.string(), why: z.string().optional() }).transform(({ digest, why }) => ({
  digest,
  ...(why === undefined ? {} : { why }),
}));

/** The four records of one owner. */
function openRecords({ owner, records, sealer, clock, ids }: OwnerTokensParts) {
  const record = <Value>(field: string, schema: z.ZodType<Value>) => {
    const name = { kind: 'token', owner: owner.tenantId, part: `${owner.credentialsVersion}:${field}` };
    return createSealedRecord({ records, sealer, name, field, schema });
  };
  return {
    current: createCurrentToken(record('current', currentTokenSchema), clock),
    failures: createFailedAttempts(record('failed', failedAttemptSchema), clock, ids),
    parked: record('parked', parkedSchema),
    replacing: record('replacing', z.literal(true)),
  };
}

type OwnerRecords = ReturnType<typeof openRecords>;

/** Writes down for all replicas what came of one attempt. */
async function record(
  end: RenewalEnd,
  attempt: string,
  { current, failures, parked, breaker, owner }: OwnerRecords & Pick<OwnerTokensParts, 'breaker' | 'owner'>,
): Promise<void> {
  switch (end.kind) {
    case 'granted':
      await current.keep(end.token);
      await Promise.all([failures.forget(), parked.remove(), breaker.worked()]);
      return;
    case 'refused':
      await parked.set(end.parked, PARKED_MS);
      await breaker.failed(attempt, owner.tenantId);
      return;
    case 'failed':
      await failures.add(end.error);
      await breaker.failed(attempt, owner.tenantId);
      return;
    case 'unused':
      await breaker.unused(attempt);
  }
}

async function readNews({ current, failures, parked, replacing }: OwnerRecords): Promise<TokenNews> {
  const [token, stopped, failed, isReplacing] = await Promise.all([
    current.read(),
    parked.read(),
    failures.last(),
    replacing.read(),
  ]);
  return {
    ...(token === undefined ? {} : { token }),
    ...(stopped?.value === undefined ? {} : { parked: stopped.value }),
    ...(failed === undefined ? {} : { failed }),
    isReplacing: isReplacing?.value === true,
  };
}

/** One owner's tokens as all replicas share them. */
export function createOwnerTokens(parts: OwnerTokensParts): SharedTokens {
  const { owner, fleet, breaker, signals, orAlone, clock, ids, log } = parts;
  const records = openRecords(parts);
  const ownerKey = `${owner.tenantId}:${owner.credentialsVersion}`;
  const lease = { kind: `token:${owner.credentialsVersion}`, owner: owner.tenantId };

  /** What only others need: whoever calls has what it came for. */
  async function forOthers(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => log.error({ error }, 'The other replicas could not be told of a token'));
  }

  const rightOf = (attempt: string, held: HeldLease): RenewalRight => ({
    kind: 'ours',
    check: () => breaker.check(attempt),
    async end(end) {
      await forOthers(() => record(end, attempt, { ...records, breaker, owner }));
      await forOthers(() => held.release());
      await signals.tell({ about: 'news', owner: ownerKey });
    },
  });

  return {
    news: () => readNews(records),
    async claim() {
      // From before the question: what is told while it is on its way must be heard.
      const next = signals.next(ownerKey);
      const attempt = `${fleet.replica}:${ids.uuid()}`;
      const held = await holdLease({ leases: fleet.leases, orAlone, clock }, lease, attempt);
      if (held === undefined) return { kind: 'taken', over: next.heard };
      next.cancel();
      return rightOf(attempt, held);
    },
    giveUp: (token) =>
      forOthers(async () => {
        if (await records.current.giveUp(token)) await records.replacing.set(true, REPLACING_MS);
        await signals.tell({ about: 'given-up', owner: ownerKey, digest: tokenDigest(token) });
      }),
    worked: (token) => forOthers(() => records.current.prove(token)),
    onGivenUp: (listener) =>
      signals.listen((signal) => {
        if (signal.about !== 'given-up' || signal.owner !== ownerKey) return;
        listener((token) => tokenDigest(token) === signal.digest);
      }),
  };
}
