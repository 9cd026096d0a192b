import { GatewayError } from '../core/errors.ts';
import type { Storage } from '../storage/storage.ts';
import { GATEWAY_CHAIN } from '../storage/stores/audit-store.ts';

/** An audit chain, and the tenant it is of: none for the gateway's own, and for a tenant that was removed. */
export type Chain = { readonly id: string; readonly tenant?: string };

/**
 * The chains of everybody, or those of `wanted`: the name of a tenant, or the id of any chain. Tenants come first, by
 * name, those without a record too. Throws `not_found` when nobody has that name.
 */
export async function chooseChains(
  { audit, tenants }: Pick<Storage, 'audit' | 'tenants'>,
  wanted?: string,
): Promise<readonly Chain[]> {
  const [rows, ids] = await Promise.all([tenants.list(), audit.chains()]);
  const present = rows.map(({ id, name }): Chain => ({ id, tenant: name }));
  const known = new Set(present.map(({ id }) => id));
  const rest = ids.filter((id) => !known.has(id)).map((id): Chain => ({ id }));
  const all = [...present, ...rest];
  if (wanted === undefined) return all;
  const chosen = all.filter(({ id, tenant }) => id === wanted || tenant === wanted);
  if (chosen.length > 0 || wanted === GATEWAY_CHAIN) return chosen;
  throw new GatewayError('not_found', 'There is no tenant and no audit chain of this name.', {
    advice: '`tenant list` shows the tenants there are, and `audit verify` all chains.',
  });
}
