import type { IdSource } from '../../core/ids.ts';

/**
 * What goes wrong with one REST call. `latency`, `accept-then-drop`, `accept-then-status`, `accept-late`, `garbage` and
 * `oversized` still reach the desk; `status`, `reset` and `hang` never do.
 */
export type Fault =
  | { readonly kind: 'latency'; readonly ms: number }
  /** A text body is sent as HTML, anything else as JSON; without one the status' usual body is. */
  | { readonly kind: 'status'; readonly status: number; readonly body?: unknown }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'accept-then-drop' }
  /** The call reaches the desk, and its client is told this status, with a body as of `status`. */
  | { readonly kind: 'accept-then-status'; readonly status: number; readonly body?: unknown }
  /** The call reaches the desk `afterMs` later, when its client has been cut off or still waits for an answer. */
  | { readonly kind: 'accept-late'; readonly afterMs: number; readonly client: 'cut' | 'waiting' }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'oversized'; readonly bytes: number };

export type FaultRule = {
  /** Any method when absent. */
  readonly method?: string;
  /** The beginning of the request path, `/accounts/5WT00001/orders`; `*` stands for any one part. */
  readonly route: string;
  /** The route is a whole path: that of orders, and not of the dry run below it. */
  readonly exact?: boolean;
  /** How many calls it strikes; all of them when absent. */
  readonly times?: number;
  /** From 0 to 1: how likely it strikes a call that it matches. A call that it lets go is left to the rules after it. */
  readonly chance?: number;
  readonly fault: Fault;
};

export type FaultRules = {
  add(rule: FaultRule): void;
  /** The fault of the oldest rule that matches this call and strikes it; the rule's count goes down by one. */
  take(method: string, path: string): Fault | undefined;
  list(): readonly FaultRule[];
  clear(): void;
};

type Armed = { readonly rule: FaultRule; left: number };

export function createFaultRules({ fraction }: Pick<IdSource, 'fraction'>): FaultRules {
  const strikes = ({ chance }: FaultRule): boolean => chance === undefined || fraction() < chance;

  let armed: Armed[] = [];
  return {
    add(rule) {
      armed.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
    },
    take(method, path) {
      const found = armed.find(({ rule }) => matches(rule, method, path) && strikes(rule));
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
  const wantedParts = rule.route.split('/');
  if (rule.exact === true && parts.length !== wantedParts.length) return false;
  return wantedParts.every((wanted, index, all) => {
    const part = parts[index];
    if (part === undefined) return false;
    if (wanted === '*') return true;
    const mayGoOn = index === all.length - 1 && rule.exact !== true;
    return mayGoOn ? part.startsWith(wanted) : part === wanted;
  });
}
