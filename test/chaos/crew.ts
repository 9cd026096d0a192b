import type { Fleet } from '../support/processes/fleet.ts';
import type { Member } from '../support/processes/membership.ts';

/** A tenant with the account number that its own answers carry, and nobody else's may. */
export type Sailor = Member & { readonly account: string };

/** Tenants of a scenario's own, each with a fresh account. */
export async function createCrew(fleet: Fleet, name: string, count: number): Promise<readonly Sailor[]> {
  const crew: Sailor[] = [];
  for (let index = 0; index < count; index += 1) {
    // Another run of the same scenario over the same fleet has other tenants.
    const member = await fleet.addMember({ name: `${name}-${Date.now().toString(36)}-${index}` });
    const [account] = await fleet.desk.accounts(member.customer);
    if (account === undefined) throw new Error('A customer without an account');
    crew.push({ ...member, account });
  }
  return crew;
}

/** The one of this number, counted round. */
export function pick<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError('There is nothing to pick from');
  return item;
}
