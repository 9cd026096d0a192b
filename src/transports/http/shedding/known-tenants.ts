import type { Caller } from '../../../auth/caller.ts';
import type { OpenContext } from '../../../tenancy/open-context.ts';
import { subjectOf } from '../../mcp/visit.ts';

const MAX_KNOWN = 10_000;

/** Whose calls are counted together: a tenant's. */
export type KnownTenants = {
  readonly openContext: OpenContext;
  /** The caller's tenant as it was last seen, without asking anybody; a caller who is new here is counted alone. */
  partyOf(caller: Caller): string;
};

export function rememberTenants(openContext: OpenContext): KnownTenants {
  const known = new Map<string, string>();
  return {
    async openContext(caller, options) {
      const context = await openContext(caller, options);
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(subjectOf(caller), context.tenant.id);
      return context;
    },
    partyOf(caller) {
      const subject = subjectOf(caller);
      return known.get(subject) ?? subject;
    },
  };
}
