import { canonicalJson, sha256 } from '../core/canonical-json.ts';
import type { Log } from '../core/log.ts';
import type { AuditEntry, AuditStore } from '../storage/stores/audit-store.ts';
import type { ToolAudit, ToolAuditEntry } from '../tools/tool-ports.ts';

const TRACED = ['outcome', 'external_id', 'state'] as const;

/**
 * Keeps one record of each call in its tenant's chain, with a digest of its arguments and nothing of its answer but which order
 * it was about. A call that may change something has one more, from before it began: without it, it is not made.
 */
export function auditCalls(audit: AuditStore, log: Log): ToolAudit {
  return async (entry) => {
    const record = recordOf(entry);
    log.info({ audit: record }, 'Tool call');
    if (entry.event === 'asked' && entry.scope === 'read') return;
    await audit.append(entry.tenantId, record);
  };
}

function recordOf({ args, answer, tenantId: _tenantId, at, clientId, ...entry }: ToolAuditEntry): AuditEntry {
  return {
    ...entry,
    at,
    kind: 'call',
    ...(clientId === undefined ? {} : { client: clientId }),
    ...(args === undefined ? {} : { argsSha256: sha256(canonicalJson(args)) }),
    ...traceOf(answer),
  };
}

/** Which order the answer speaks of: enough to find the call that belongs to it. */
function traceOf(answer: ToolAuditEntry['answer']): Record<string, string> {
  if (answer === undefined) return {};
  const order = answer['order'];
  const inner = typeof order === 'object' && order !== null && 'order_id' in order ? order.order_id : undefined;
  const found = [...TRACED.map((key) => [key, answer[key]]), ['order_id', answer['order_id'] ?? inner]];
  return Object.fromEntries(found.filter(([, value]) => typeof value === 'string')) as Record<string, string>;
}
