import type { DueIntent, IntentRow, Usage, UsageQuery } from '../../src/storage/stores/ledger-store.ts';

/** The committed intents, found without ever looking through all of them. */
export type IntentIndex = {
  has(id: string): boolean;
  intent(tenantId: string, id: string): IntentRow | undefined;
  byClientOrderId(tenantId: string, clientOrderId: string): IntentRow | undefined;
  isConfirmedBy(tenantId: string, confirmationId: string): boolean;
  /** Writes a new one, or replaces it. */
  put(row: IntentRow): void;
  list(tenantId: string, limit: number, open: boolean): readonly IntentRow[];
  due(at: number, limit: number): readonly DueIntent[];
  /** With `drafts` in the place of what is committed. */
  usage(tenantId: string, query: UsageQuery, drafts: ReadonlyMap<string, IntentRow>): Usage;
  underWay(tenantId: string, query: UnderWayQuery, drafts: ReadonlyMap<string, IntentRow>): number;
  all(): readonly IntentRow[];
};

export type UnderWayQuery = { readonly account: string; readonly since: number };

type TenantIntents = {
  /** Ids, oldest first. */
  readonly ids: string[];
  readonly byClientOrderId: Map<string, string>;
  readonly confirmations: Set<string>;
  /** Those that count, by day. */
  readonly days: Map<string, Map<string, IntentRow>>;
  readonly open: Set<string>;
};

const ORDERING = new Set(['place', 'replace', 'place-complex']);

const isCounted = ({ action, state, settlement }: IntentRow): boolean =>
  ORDERING.has(action) && state !== 'rejected' && settlement !== 'absent';

const isOpen = ({ lookAt, flaggedAt, state }: IntentRow): boolean =>
  lookAt !== null || (flaggedAt !== null && state !== 'settled');

const isBefore = (a: IntentRow, b: IntentRow): boolean =>
  a.createdAt === b.createdAt ? a.id < b.id : a.createdAt < b.createdAt;

export function createIntentIndex(): IntentIndex {
  const rows = new Map<string, IntentRow>();
  const tenants = new Map<string, TenantIntents>();
  const waiting = new Map<string, IntentRow>();
  const rowOf = (id: string): IntentRow => {
    const row = rows.get(id);
    if (row === undefined) throw new Error('The index names an intent that is not there');
    return row;
  };
  const own = (tenantId: string, id: string): IntentRow | undefined => {
    const row = rows.get(id);
    return row?.tenantId === tenantId ? row : undefined;
  };
  return {
    has: (id) => rows.has(id),
    intent: own,
    byClientOrderId(tenantId, clientOrderId) {
      const id = tenants.get(tenantId)?.byClientOrderId.get(clientOrderId);
      return id === undefined ? undefined : rows.get(id);
    },
    isConfirmedBy: (tenantId, confirmationId) => tenants.get(tenantId)?.confirmations.has(confirmationId) ?? false,
    put(row) {
      const tenant = tenants.get(row.tenantId) ?? newTenant(tenants, row.tenantId);
      if (!rows.has(row.id)) enrol(tenant, row, rowOf);
      rows.set(row.id, row);
      keep(dayOf(tenant, row.day), row, isCounted(row));
      if (isOpen(row)) tenant.open.add(row.id);
      else tenant.open.delete(row.id);
      keep(waiting, row, row.lookAt !== null);
    },
    list(tenantId, limit, open) {
      const tenant = tenants.get(tenantId);
      if (tenant === undefined) return [];
      if (!open) return tenant.ids.slice(-limit).toReversed().map(rowOf);
      const found = [...tenant.open].map(rowOf);
      return found.sort((a, b) => (isBefore(a, b) ? 1 : -1)).slice(0, limit);
    },
    due(at, limit) {
      const found = [...waiting.values()].filter(({ lookAt }) => lookAt !== null && lookAt <= at);
      found.sort((a, b) => (a.lookAt ?? 0) - (b.lookAt ?? 0) || (a.id < b.id ? -1 : 1));
      return found.slice(0, limit).map(({ tenantId, id }) => ({ tenantId, id }));
    },
    usage: (tenantId, query, drafts) => usage(tenants.get(tenantId), rowOf, query, drafts),
    underWay: (tenantId, query, drafts) => underWay(tenants.get(tenantId)?.ids.map(rowOf) ?? [], query, drafts),
    all: () => [...rows.values()],
  };
}

function newTenant(tenants: Map<string, TenantIntents>, tenantId: string): TenantIntents {
  const tenant: TenantIntents = {
    ids: [],
    byClientOrderId: new Map(),
    confirmations: new Set(),
    days: new Map(),
    open: new Set(),
  };
  tenants.set(tenantId, tenant);
  return tenant;
}

function enrol(tenant: TenantIntents, row: IntentRow, rowOf: (id: string) => IntentRow): void {
  let place = tenant.ids.length;
  while (place > 0 && isBefore(row, rowOf(tenant.ids[place - 1] ?? ''))) place -= 1;
  tenant.ids.splice(place, 0, row.id);
  if (row.clientOrderId !== null) tenant.byClientOrderId.set(row.clientOrderId, row.id);
  if (row.confirmationId !== null) tenant.confirmations.add(row.confirmationId);
}

function dayOf(tenant: TenantIntents, day: string): Map<string, IntentRow> {
  const known = tenant.days.get(day);
  if (known !== undefined) return known;
  const fresh = new Map<string, IntentRow>();
  tenant.days.set(day, fresh);
  return fresh;
}

function keep(rows: Map<string, IntentRow>, row: IntentRow, isIn: boolean): void {
  if (isIn) rows.set(row.id, row);
  else rows.delete(row.id);
}

function usage(
  tenant: TenantIntents | undefined,
  rowOf: (id: string) => IntentRow,
  query: UsageQuery,
  drafts: ReadonlyMap<string, IntentRow>,
): Usage {
  const drafted = [...drafts.values()].filter(isCounted);
  const isKept = ({ id }: IntentRow): boolean => !drafts.has(id);
  const committed = [...(tenant?.days.get(query.day)?.values() ?? [])].filter(isKept);
  const day = [...committed, ...drafted.filter((row) => row.day === query.day)];
  const since = Math.min(query.minuteSince, query.repeatSince);
  const recent = [...recentOf(tenant, rowOf, since).filter(isKept), ...drafted];
  const repeated = recent
    .filter((row) => row.askedDigest === query.askedDigest && row.createdAt >= query.repeatSince)
    .reduce<IntentRow | undefined>((best, row) => (best === undefined || isBefore(best, row) ? row : best), undefined);
  return {
    inMinute: recent.filter(({ createdAt }) => createdAt >= query.minuteSince).length,
    inDay: day.length,
    notionals: day.filter(({ isOpening }) => isOpening === 1).map(({ notional }) => notional),
    ...(repeated === undefined ? {} : { repeated }),
  };
}

const UNDER_WAY = new Set(['drafted', 'sending', 'unknown']);

function underWay(
  rows: readonly IntentRow[],
  { account, since }: UnderWayQuery,
  drafts: ReadonlyMap<string, IntentRow>,
): number {
  const present = new Map([...rows, ...drafts.values()].map((row) => [row.id, row]));
  return [...present.values()].filter(
    (row) => isCounted(row) && row.account === account && (UNDER_WAY.has(row.state) || row.updatedAt >= since),
  ).length;
}

/** Those that count, from the newest back to `since`. */
function recentOf(tenant: TenantIntents | undefined, rowOf: (id: string) => IntentRow, since: number): IntentRow[] {
  const found: IntentRow[] = [];
  const ids = tenant?.ids ?? [];
  for (let place = ids.length - 1; place >= 0; place -= 1) {
    const row = rowOf(ids[place] ?? '');
    if (row.createdAt < since) break;
    if (isCounted(row)) found.push(row);
  }
  return found;
}
