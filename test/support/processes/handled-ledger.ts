/** The gateways' own end of the ledger: which requests they say they answered, by the ids that clients gave them. */
export type HandledLedger = {
  /** Hears a line of a gateway's log; true when it tells of a request. */
  hear(replica: number, line: string): boolean;
  /** How often a request of this id was answered. */
  times(id: string): number;
  /** Ids that were answered more than once. */
  twice(): readonly string[];
  /** How many were answered by each replica. */
  byReplica(): readonly number[];
  /** Warnings and errors that were logged, by their fixed sentence. */
  warnings(): Readonly<Record<string, number>>;
  clear(): void;
};

type LogLine = {
  readonly requestId?: unknown;
  readonly route?: unknown;
  readonly msg?: unknown;
  readonly level?: unknown;
};

const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);
const ANSWERED = '"msg":"Request answered"';

/** Ids only are kept: a thousand requests cost some hundred kilobytes. */
export function createHandledLedger(): HandledLedger {
  const counts = new Map<string, number>();
  const replicas: number[] = [];
  const warned = new Map<string, number>();

  function answered(replica: number, { requestId, route }: LogLine): void {
    if (typeof requestId !== 'string' || PROBES.has(String(route))) return;
    counts.set(requestId, (counts.get(requestId) ?? 0) + 1);
    replicas[replica] = (replicas[replica] ?? 0) + 1;
  }

  return {
    hear(replica, line) {
      const entry = parsed(line);
      if (line.includes(ANSWERED)) {
        answered(replica, entry);
        return true;
      }
      const { msg, level } = entry;
      if (typeof msg === 'string' && (level === 'warn' || level === 'error' || Number(level) >= 40))
        warned.set(msg, (warned.get(msg) ?? 0) + 1);
      return false;
    },
    times: (id) => counts.get(id) ?? 0,
    twice: () => [...counts].filter(([, count]) => count > 1).map(([id]) => id),
    byReplica: () => Array.from(replicas, (count) => count ?? 0),
    warnings: () => Object.fromEntries(warned),
    clear() {
      counts.clear();
      replicas.length = 0;
      warned.clear();
    },
  };
}

function parsed(line: string): LogLine {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
