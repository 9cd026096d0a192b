import type { Account } from '../broker/model/account.ts';
import { toIso } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';
import { asGatewayError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { mapAtMost } from '../core/map-at-most.ts';
import { createRounds } from '../core/rounds.ts';
import type { Rounds } from '../core/rounds.ts';
import type { CancelRequestRow, CancelRequests } from '../storage/stores/cancel-requests.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { cancelAll } from './cancel-all.ts';
import type { Cancelled } from './cancel-all.ts';

export type NamedTenant = { readonly id: string; readonly name: string };

/** A tenant in whose accounts an operator has orders cancelled, whatever its own plan says. */
export type CancelTarget = {
  readonly accounts: readonly Account[];
  readonly context: TenantContext;
};

export type CancelWorkerParts = {
  readonly requests: Pick<CancelRequests, 'claim' | 'finish'>;
  /** The tenants that a request is about. */
  readonly tenantsOf: (request: CancelRequestRow) => Promise<readonly NamedTenant[]>;
  /** Throws a GatewayError when the tenant cannot be reached now. */
  readonly openTarget: (tenantId: string, signal: AbortSignal) => Promise<CancelTarget>;
  readonly clock: Clock;
  readonly log: Log;
};

const EVERY_MS = 1000;
/** How long one replica may take; after that another one begins anew, which does no harm to a cancel. */
const LEASE_MS = 300_000;
const TENANTS_AT_ONCE = 4;
/** What was on its way when trading was stopped has left by then, and is working. */
const SECOND_LOOK_MS = 6000;
const CLOSE_MS = 500;

/** Carries out operators' requests to cancel what is working, on whichever replica comes first. */
export const createCancelWorker = (parts: CancelWorkerParts): Rounds =>
  createRounds({
    clock: parts.clock,
    everyMs: EVERY_MS,
    closeMs: CLOSE_MS,
    work: (signal) => carryOutNext(parts, signal),
    onFault: (error) => parts.log.warn({ error }, 'Requests to cancel orders could not be carried out'),
  });

async function carryOutNext(parts: CancelWorkerParts, signal: AbortSignal): Promise<void> {
  const { requests, tenantsOf, clock, log } = parts;
  const request = await requests.claim(clock.now(), LEASE_MS);
  if (request === undefined) return;
  const tenants = await tenantsOf(request);
  const lines = await mapAtMost(TENANTS_AT_ONCE, tenants, (tenant) => {
    signal.throwIfAborted();
    return cancelTwice(tenant, { request, parts, signal });
  });
  const result = lines.toSorted().join('\n') || 'There is no tenant to cancel for.';
  await requests.finish(request.id, result, clock.now());
  log.warn({ request: request.id, by: request.by, at: toIso(clock.now()) }, 'An operator had working orders cancelled');
}

type Work = { readonly request: CancelRequestRow; readonly parts: CancelWorkerParts; readonly signal: AbortSignal };

/** What came of it for one tenant, in one line. What goes wrong with one does not hold up the next. */
async function cancelTwice({ id, name }: NamedTenant, work: Work): Promise<string> {
  const { parts, signal } = work;
  try {
    const target = await parts.openTarget(id, signal);
    const first = await cancelIn(target, work);
    await parts.clock.sleep(SECOND_LOOK_MS, signal);
    const all = lastOfEach([...first, ...(await cancelIn(target, work))]);
    const accepted = all.filter(({ outcome }) => outcome.kind === 'accepted').length;
    return `${name}: cancelled ${accepted} of ${all.length}`;
  } catch (thrown) {
    const { code, message } = asGatewayError(thrown);
    return `${name}: not all cancelled, ${message} [${code}]`;
  }
}

/** What could not be cancelled at first, and could then, counts once. */
const lastOfEach = (all: readonly Cancelled[]): readonly Cancelled[] => [
  ...new Map(all.map((each) => [each.orderIds.join(' '), each])).values(),
];

async function cancelIn({ accounts, context }: CancelTarget, { request }: Work): Promise<readonly Cancelled[]> {
  const wanted = accounts.filter(({ number }) => request.account === null || number === request.account);
  const done = await Promise.all(wanted.map(({ number }) => cancelAll(request.symbol ?? undefined, number, context)));
  return done.flat();
}
