import { GatewayError } from '../core/errors.ts';
import { quoted } from '../core/quoted.ts';
import { type AuditRecord, type ChainFault, type ChainReport, GATEWAY_CHAIN } from '../storage/stores/audit-store.ts';
import type { Chain } from './audit-chains.ts';

const MAX_ID = 64;

/** How a chain is called. Its id may have been changed in the database, so it is text from outside. */
function chainName({ id, tenant }: Chain): string {
  if (tenant !== undefined) return tenant;
  return id === GATEWAY_CHAIN ? 'the gateway' : `removed tenant ${quoted(id, MAX_ID)}`;
}

/** One line about a checked chain. The end of a sound one is worth keeping elsewhere: it proves that it was so long. */
export function verdict(chain: Chain, { records, hash, fault }: ChainReport): string {
  const count = records === 1 ? '1 record' : `${records} records`;
  const name = chainName(chain);
  if (fault !== undefined) return `${name}: BROKEN at record ${fault.seq}: ${fault.fault} (${count} good before it)`;
  return records === 0 || hash === undefined ? `${name}: no records` : `${name}: ${count}, ok, ends with ${hash}`;
}

export function brokenAudit(chain: Chain, { seq, fault }: ChainFault): GatewayError {
  const whose = chain.tenant === undefined ? '' : ` of ${chain.tenant}`;
  return new GatewayError('audit_broken', `The audit${whose} is broken at record ${seq}: ${fault}.`, {
    details: { chain: quoted(chain.id, MAX_ID), record: seq },
    advice:
      'Somebody changed the database, or VAULT_KEY is another one than before. Keep a copy of it, and compare with a backup.',
  });
}

/** A record as one JSON line. Its entry is there byte for byte, as its hash covers it. */
export function exportLine({ tenant }: Chain, { tenantId, seq, hash, body }: AuditRecord): string {
  const place = JSON.stringify({ tenant: tenant ?? null, tenantId, seq, hash });
  return `${place.slice(0, -1)},"entry":${isOneJsonLine(body) ? body : JSON.stringify(body)}}\n`;
}

/** What was altered in the database need not be JSON any more. */
function isOneJsonLine(text: string): boolean {
  try {
    JSON.parse(text);
    return !/[\n\r]/u.test(text);
  } catch {
    return false;
  }
}
