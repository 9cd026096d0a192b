import type { AccountNumber } from '../../broker/model/symbol.ts';
import { sha256 } from '../../core/canonical-json.ts';
import { epochMs } from '../../core/clock.ts';
import type { EpochMs } from '../../core/clock.ts';
import { ZERO } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';
import { newYorkDate } from '../../core/new-york.ts';
import type { ConfirmationRow, IntentRow } from '../../storage/stores/ledger-store.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { Presented } from '../confirmation/confirmation.ts';
import { askedDigestOf, bodyText, targetOf } from '../intent-body.ts';
import type { IntentBody } from '../intent-body.ts';
import type { SentOutcome } from '../outcome.ts';

/** One thing that a caller wants done at the broker, checked and ready to be written down. */
export type Draft = {
  readonly account: AccountNumber;
  readonly body: IntentBody;
  /** The call as it was asked, before anything was looked up: plain JSON. */
  readonly asked: unknown;
  readonly clientOrderId?: string;
  readonly isOpening: boolean;
  /** Set where only what is held covers it: what was sent since this may have taken that cover. */
  readonly leansSince?: EpochMs;
  /** The value of what it opens, in dollars. */
  readonly exposure: Decimal;
  /** Dollars of it that are to be reserved against the day. */
  readonly notional: Decimal;
};

/** What a draft has to pass on its way into the ledger. */
export type Guard = {
  readonly presented?: Presented;
  readonly needsConfirmation: boolean;
  /** Lets the same ticket be sent again so soon. */
  readonly allowDuplicate: boolean;
};

/** How long what was written may wait to be sent before it is taken to be given up: a little longer than any call lasts. */
const DRAFT_MS = 35_000;

export const askedDigest = ({ account, body, asked }: Pick<Draft, 'account' | 'body' | 'asked'>): string =>
  askedDigestOf(account, body.action, asked);

/** A new row of the ledger, proven not to have been sent. */
export function draftRow(draft: Draft, context: TenantContext, confirmation?: ConfirmationRow): IntentRow {
  const { tenant, caller, clock, ids } = context;
  const now = clock.now();
  const body = bodyText(draft.body);
  return {
    id: ids.uuid(),
    tenantId: tenant.id,
    environment: context.broker.environment,
    account: draft.account,
    action: draft.body.action,
    state: 'drafted',
    clientOrderId: draft.clientOrderId ?? null,
    confirmationId: confirmation?.id ?? null,
    askedDigest: askedDigest(draft),
    bodyDigest: sha256(body),
    body,
    targetId: targetOf(draft.body),
    issuer: caller.issuer,
    subject: caller.subject,
    clientId: caller.clientId ?? null,
    isOpening: draft.isOpening ? 1 : 0,
    exposure: draft.isOpening ? draft.exposure : ZERO,
    notional: draft.isOpening ? draft.notional : ZERO,
    day: newYorkDate(now),
    createdAt: now,
    updatedAt: now,
    sentAt: null,
    sendBy: null,
    lookAt: epochMs(now + DRAFT_MS),
    flaggedAt: null,
    orderId: null,
    outcome: null,
    settlement: null,
  };
}

const KINDS = new Set(['accepted', 'rejected', 'unknown']);

export const outcomeText = (outcome: SentOutcome): string => JSON.stringify(outcome);

/** What is written of an intent's outcome; before there is one, that it is unknown. Throws `internal` on what is not ours. */
export function outcomeOf(row: IntentRow): SentOutcome {
  if (row.outcome === null) return { kind: 'unknown', why: 'It is being sent.' };
  const outcome = JSON.parse(row.outcome) as SentOutcome;
  if (KINDS.has(outcome.kind)) return outcome;
  throw new GatewayError(
    'internal',
    'The ledger holds an outcome that this version of the gateway does not understand.',
  );
}
