/**
 * What goes wrong with one REST call. `accept-then-drop`, `accept-late`, `garbage` and `oversized` still reach the
 * desk; `status`, `reset` and `hang` never do.
 */
export type Fault =
  | { readonly kind: 'latency'; readonly ms: number }
  /** A text body is sent as HTML, anything else as JSON; without one the status' usual body is. */
  | { readonly kind: 'status'; readonly status: number; readonly body?: unknown }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'accept-then-drop' }
  /** The call reaches the desk `afterMs` later, when its client has been cut off or still waits for an answer. */
  | { readonly kind: 'accept-late'; readonly afterMs: number; readonly client: 'cut' | 'waiting' }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'oversized'; readonly bytes: number };

export type FaultRule = {
  /** Any method when absent. */
  readonly method?: string;
  /** The beginning of the request path, `/accounts/5WT00001/orders`; `*` stands for any one part. */
  readonly route: string;
  /** How many calls it strikes; all of them when absent. */
  readonly times?: number;
  readonly fault: Fault;
};

export type FaultRules = {
  add(rule: FaultRule): void;
  /** The fault of the oldest rule that matches this call; the rule's count goes down by one. */
  take(method: string, path: string): Fault | undefined;
  list(): readonly FaultRule[];
  clear(): void;
};

type Armed = { readonly rule: FaultRule; left: number };

export function createFaultRules(): FaultRules {
  let armed: Armed[] = [];
  return {
    add(rule) {
      armed.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
    },
    take(method, path) {
      const found = armed.find(({ rule }) => matches(rule, method, path));
      if (found === undefined) return undefined;
      found.left -= 1;
      if (found.left <= 0) armed = armed.filter((other) => other !== found);
      return found.rule.fault;
    },
    list: () => armed.map(({ rule, left }) => (Number.isFinite(left) ? { ...rule, times: left } : rule)),
    clear() {
      armed = [];
    },
  };
}

function matches(rule: FaultRule, method: string, path: string): boolean {
  if (rule.method !== undefined && rule.method.toUpperCase() !== method) return false;
  const parts = path.split('/');
  return rule.route.split('/').every((wanted, index, all) => {
    const part = parts[index];
    if (part === undefined) return false;
    if (wanted === '*') return true;
    return index === all.length - 1 ? part.startsWith(wanted) : part === wanted;
  });
}
