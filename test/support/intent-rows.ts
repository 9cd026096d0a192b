import type { ConfirmationRow, IntentRow } from '../../src/storage/stores/ledger-store.ts';

/** 2^32 and more: a four-byte integer does not hold a time. */
export const LEDGER_START = 1_795_000_000_000;
export const LEDGER_DAY = '2026-11-18';

/** An intent as it is first written, of `tenantId`. */
export function intentRow(tenantId: string, id: string, changes: Partial<IntentRow> = {}): IntentRow {
  return {
    id,
    tenantId,
    environment: 'paper',
    account: '5WT00001',
    action: 'place',
    state: 'drafted',
    clientOrderId: null,
    confirmationId: null,
    askedDigest: `asked-${id}`,
    bodyDigest: `digest-${id}`,
    body: '{}',
    targetId: null,
    issuer: 'https://issuer.test',
    subject: 'someone',
    clientId: null,
    isOpening: 1,
    exposure: '100',
    notional: '100',
    day: LEDGER_DAY,
    createdAt: LEDGER_START,
    updatedAt: LEDGER_START,
    sentAt: null,
    sendBy: null,
    lookAt: null,
    flaggedAt: null,
    orderId: null,
    outcome: null,
    settlement: null,
    ...changes,
  };
}

/** An unspent confirmation, of `tenantId`. */
export function confirmationRow(tenantId: string, id: string, changes: Partial<ConfirmationRow> = {}): ConfirmationRow {
  return {
    id,
    tenantId,
    environment: 'paper',
    account: '5WT00001',
    issuer: 'https://issuer.test',
    subject: 'someone',
    clientId: null,
    action: 'place',
    targetId: null,
    bodyDigest: `digest-${id}`,
    body: '{}',
    createdAt: LEDGER_START,
    expiresAt: LEDGER_START + 120_000,
    usedBy: null,
    ...changes,
  };
}
