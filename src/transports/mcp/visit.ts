import type { LoggingLevel } from '@modelcontextprotocol/server';
import type { Caller } from '../../auth/caller.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';

/** The resources that a 2025-era client wants to hear of. Both throw `coordination_unavailable`. */
export type WatchedList = {
  /** Throws `rate_limited` for one too many. */
  add(uri: string): Promise<void>;
  remove(uri: string): Promise<void>;
};

/** On whose behalf one MCP server works: a request's verified caller, or the person at the other end of stdio. */
export type Visit = {
  readonly caller: Caller;
  /** What one call may touch. `signal` ends the call early, besides whatever else ends it. */
  context(signal: AbortSignal): Promise<TenantContext>;
  /** The least severe notice the client wants, where a 2025-era client has said so. */
  noticeLevel(): LoggingLevel | undefined;
  setNoticeLevel(level: LoggingLevel): Promise<void>;
  /** Absent for a client that nothing can be told later. */
  readonly watched?: WatchedList;
};

/** Names a caller for binding and counting: the same person with another token is the same subject. */
export const subjectOf = ({ issuer, subject }: Pick<Caller, 'issuer' | 'subject'>): string =>
  JSON.stringify([issuer, subject]);
