import { type Basics, openTenancy, type Tenancy } from '../compose/tenancy.ts';
import type { CommandDeps } from './command-deps.ts';

/** Opens the tenants, prints what `work` has to say, and closes them again. */
export async function withTenancy(
  { io, basics }: CommandDeps,
  work: (tenancy: Tenancy, parts: Basics) => Promise<string>,
): Promise<void> {
  const parts = basics();
  const tenancy = await openTenancy(parts);
  try {
    io.stdout.write(await work(tenancy, parts));
  } finally {
    await tenancy.close();
  }
}
