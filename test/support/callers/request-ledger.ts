/**
 * What became of a request, for whoever sent it: answered by a gateway; shed by one that said so (429 or 503); or lost: no
 * answer came, or one that no gateway gave.
 */
export type Fate = 'answered' | 'shed' | 'lost';

/** One request as its client saw it. Times are of this process's monotonic clock. */
export type RequestEntry = {
  /** What it carried as X-Request-Id. */
  readonly id: string;
  readonly client: string;
  /** `tools/call get_balances`. */
  readonly what: string;
  readonly sentAt: number;
  readonly ms: number;
  readonly fate: Fate;
  /** 0 when no answer came. */
  readonly status: number;
  /** Why it was lost, or the code of the error that it was answered with. */
  readonly why?: string;
};

/** The clients' end of the ledger. */
export type RequestLedger = {
  /** A new number for a request, never given twice. */
  nextNumber(): number;
  /** The X-Request-Id that goes with a number. */
  idOf(number: number): string;
  enter(entry: RequestEntry): void;
  entries(): readonly RequestEntry[];
  /** Sent, and nothing known of them yet. */
  open(): number;
};

/** `name` tells these requests from those of any other ledger. */
export function createRequestLedger(name: string): RequestLedger {
  const entries: RequestEntry[] = [];
  let given = 0;
  return {
    nextNumber: () => (given += 1),
    idOf: (number) => `${name}-${number}`,
    enter: (entry) => void entries.push(entry),
    entries: () => entries,
    open: () => given - entries.length,
  };
}
