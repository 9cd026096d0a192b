import type { Cluster } from '../../support/processes/cluster.ts';

/** One change of an intent's state, as its audit record tells it. */
export type StateChange = {
  readonly at: number;
  readonly intent: string;
  readonly action: string;
  readonly to: string;
  readonly flagged: boolean;
  readonly settlement: string | null;
};

const PAGE = 1000;

/** Every state change of a tenant's orders, in the order of its chain. */
export async function readStateChanges({ tenancy }: Cluster, tenantId: string): Promise<readonly StateChange[]> {
  const found: StateChange[] = [];
  for (let last = 0; ;) {
    const page = await tenancy.storage.audit.read(tenantId, last, PAGE);
    for (const { body } of page) {
      const entry = JSON.parse(body) as StateChange & { readonly kind: string };
      if (entry.kind === 'order') found.push(entry);
    }
    if (page.length < PAGE) return found;
    last = page.at(-1)?.seq ?? last;
  }
}
