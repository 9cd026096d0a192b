/** Every write says whose it is twice; a caller that mixes tenants up is stopped here. */
export function requireOwn(row: { readonly tenantId: string }, tenantId: string): void {
  if (row.tenantId !== tenantId) throw new RangeError("The row is not of this ledger's tenant");
}
