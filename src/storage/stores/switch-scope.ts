import { GATEWAY_CHAIN } from './audit-store.ts';

/** The scope of a switch that stops everybody; any other scope is a tenant's id. */
export const GLOBAL_SCOPE = 'global';

/** The audit chain that tells of a scope. */
export const chainOf = (scope: string): string => (scope === GLOBAL_SCOPE ? GATEWAY_CHAIN : scope);
