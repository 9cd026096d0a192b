import { epochMs, type EpochMs } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import { quoted } from '../../core/quoted.ts';
import type { CancelRequestRow } from '../../storage/stores/cancel-requests.ts';
import {
  type OperatorDeps,
  type OperatorScope,
  type OperatorWish,
  readReason,
  scopeOf,
  scopeStored,
  storedScope,
} from './operator-scope.ts';

/** A request to cancel working orders, and how far it is. */
export type CancelState = {
  readonly id: string;
  readonly scope: OperatorScope;
  readonly reason: string;
  readonly by: string;
  readonly at: EpochMs;
  /** `queued`: no gateway has taken it up, or the one that had did not finish in time. */
  readonly progress: 'queued' | 'under-way' | 'done';
  readonly doneAt?: EpochMs;
  /** What came of it, in the words of the gateway that did it: a line for each tenant. */
  readonly result?: readonly string[];
};

/**
 * Asks a running gateway to cancel all working orders of a scope. Answers with the id of the request. Stop trading
 * first: what is sent meanwhile may stay. Throws `not_found` and `invalid_input`.
 */
export async function requestCancelAll(deps: OperatorDeps, { tenant, reason, by }: OperatorWish): Promise<string> {
  const scope = await scopeOf(deps, tenant);
  const id = deps.ids.uuid();
  await deps.switches.request({
    id,
    scope: storedScope(scope),
    tenantId: scope.kind === 'global' ? null : scope.id,
    account: null,
    symbol: null,
    reason: readReason(reason),
    by,
    createdAt: deps.clock.now(),
  });
  return id;
}

/** A request of `requestCancelAll`. Throws `not_found`. */
export async function readCancelRequest(deps: OperatorDeps, id: string): Promise<CancelState> {
  const row = await deps.switches.get(id);
  if (row === undefined) throw new GatewayError('not_found', 'There is no such request to cancel orders.');
  return {
    id: row.id,
    scope: await scopeStored(deps, row.scope),
    reason: row.reason,
    by: row.by,
    at: epochMs(row.createdAt),
    progress: progressOf(row, deps.clock.now()),
    ...(row.doneAt === null ? {} : { doneAt: epochMs(row.doneAt) }),
    ...(row.result === null ? {} : { result: row.result.split('\n').map((line) => quoted(line)) }),
  };
}

function progressOf({ doneAt, claimedUntil }: CancelRequestRow, now: EpochMs): CancelState['progress'] {
  if (doneAt !== null) return 'done';
  return claimedUntil !== null && claimedUntil > now ? 'under-way' : 'queued';
}
