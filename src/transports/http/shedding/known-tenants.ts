import type { Caller } from '../../../auth/caller.ts';
import type { OpenContext, RequestFacts } from '../../../tenancy/open-context.ts';
import { subjectOf } from '../../mcp/visit.ts';

const MAX_KNOWN = 10_000;

/** Whose calls are counted together: a tenant's. */
export type KnownTenants = {
  readonly openContext: OpenContext;
  /** The caller's tenant as it was last seen. Only a caller who is new here is asked after; one who has none is counted alone. */
  partyOf(caller: Caller, request: () => RequestFacts): string | Promise<string>;
};

export function rememberTenants(openContext: OpenContext): KnownTenants {
  const known = new Map<string, string>();
  const open: OpenContext = async (caller, request) => {
    const context = await openContext(caller, request);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(subjectOf(caller), context.tenant.id);
    return context;
  };
  return {
    openContext: open,
    partyOf(caller, request) {
      const subject = subjectOf(caller);
      return (
        known.get(subject) ??
        open(caller, request()).then(
          ({ tenant }) => tenant.id,
          () => subject,
        )
      );
    },
  };
}
