import type { AccountNumber } from '../../broker/model/symbol.ts';
import { sha256 } from '../../core/canonical-json.ts';
import { epochMs } from '../../core/clock.ts';
import type { EpochMs } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { ConfirmationRow } from '../../storage/stores/ledger-store.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { bodyText, targetOf } from '../intent-body.ts';
import type { IntentBody } from '../intent-body.ts';

/** How a confirmation comes back: as its secret, from a caller; or as its id, out of a state that we sealed ourselves. */
export type Presented = { readonly secret: string } | { readonly id: string };

export type Minted = { readonly id: string; readonly secret: string; readonly expiresAt: EpochMs };

const AGAIN = 'Preview the order again, show it to the person, and send it with the new confirmation.';

export const idOf = (presented: Presented): string => ('id' in presented ? presented.id : sha256(presented.secret));

/**
 * Lets exactly this be sent once, by this caller, to this account, within the plan's time. The secret is told to the caller and
 * kept nowhere.
 */
export async function mintConfirmation(
  body: IntentBody,
  account: AccountNumber,
  context: TenantContext,
): Promise<Minted> {
  const { tenant, caller, broker, ledger, clock, ids } = context;
  const secret = ids.secret();
  const id = sha256(secret);
  const text = bodyText(body);
  const now = clock.now();
  const expiresAt = epochMs(now + tenant.plan.confirmationSeconds * 1000);
  const row: ConfirmationRow = {
    id,
    tenantId: tenant.id,
    environment: broker.environment,
    account,
    issuer: caller.issuer,
    subject: caller.subject,
    clientId: caller.clientId ?? null,
    action: body.action,
    targetId: targetOf(body),
    bodyDigest: sha256(text),
    body: text,
    createdAt: now,
    expiresAt,
    usedBy: null,
  };
  await ledger.transact((tx) => tx.insertConfirmation(row));
  return { id, secret, expiresAt };
}

/** Throws `confirmation_invalid` unless it is this caller's own. Unknown and somebody else's look the same. */
export function requireOwn(row: ConfirmationRow | undefined, context: TenantContext): ConfirmationRow {
  const { tenant, caller } = context;
  const isOwn =
    row?.tenantId === tenant.id &&
    row.issuer === caller.issuer &&
    row.subject === caller.subject &&
    row.clientId === (caller.clientId ?? null);
  if (row !== undefined && isOwn) return row;
  throw invalid('There is no such confirmation.');
}

type Sendable = { readonly account: AccountNumber; readonly body: IntentBody };

/** Throws `confirmation_invalid` unless it is for exactly this, unspent, and not too old. */
export function requireUsable(
  row: ConfirmationRow,
  { account, body }: Sendable,
  { broker, clock }: TenantContext,
): void {
  if (row.usedBy !== null) throw alreadyUsed();
  const now = clock.now();
  // Issued in the future: a clock stepped back, and its age is not known.
  if (now > row.expiresAt || now < row.createdAt - MOST_SKEW_MS) throw invalid('This confirmation has expired.');
  const isSame =
    row.environment === broker.environment &&
    row.account === account &&
    row.action === body.action &&
    row.targetId === targetOf(body) &&
    row.bodyDigest === sha256(bodyText(body));
  if (!isSame) throw invalid('This is not the order that the confirmation was given for.');
}

const MOST_SKEW_MS = 5000;

const invalid = (message: string): GatewayError => new GatewayError('confirmation_invalid', message, { advice: AGAIN });

export const alreadyUsed = (): GatewayError => invalid('This confirmation has been used: it is good for one order.');

export const needsConfirmation = (): GatewayError =>
  new GatewayError('confirmation_needed', "This order needs a confirmation by the tenant's plan. Nothing was sent.", {
    advice:
      'Call preview_order with the same order, show what it says to the person, and repeat this call with the confirmation it gives.',
  });
