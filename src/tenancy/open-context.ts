import type { Caller } from '../auth/caller.ts';
import type { Log } from '../core/log.ts';
import type { TenantContext } from './tenant-context.ts';

/** What the edge knows of a request besides who asks. */
export type RequestFacts = { readonly signal: AbortSignal; readonly log: Log; readonly requestId: string };

/** Looks the caller's tenant up and opens all that the call may touch. Throws `tenant_unknown` or `storage_unavailable`. */
export type OpenContext = (caller: Caller, request: RequestFacts) => Promise<TenantContext>;
