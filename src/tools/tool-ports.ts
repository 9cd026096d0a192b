import type { Scope } from '../auth/scopes.ts';
import type { EpochMs } from '../core/clock.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import type { JsonObject } from './client-channel.ts';
import type { CallMethod, Tool } from './define-tool.ts';

/** Lets a call in by returning; throws `rate_limited` or `overloaded`. */
export type Admit = (call: { readonly tool: Tool; readonly context: TenantContext }) => Promise<void>;

/** How a call ended: `ok`, `input-needed`, or the code of its error. A bounded set, fit for a metric's label. */
export type CallEnd = 'ok' | 'input-needed' | ErrorCode;

/** One fact about one call. `asked` and its `answered` share a `callId`; a call out of scope is only `refused`. */
export type ToolAuditEntry = {
  readonly event: 'asked' | 'answered' | 'refused';
  readonly callId: string;
  readonly at: EpochMs;
  readonly tool: string;
  readonly scope: Scope;
  readonly tenantId: string;
  readonly environment: string;
  readonly issuer: string;
  readonly subject: string;
  readonly clientId?: string;
  /** The parsed arguments; absent where the call was refused before they were read. */
  readonly args?: JsonObject;
  /** The parsed answer, with `answered` where there is one. */
  readonly answer?: JsonObject;
  readonly end?: CallEnd;
  /** The rule of the tenant's plan that refused, where one did. */
  readonly rule?: string;
  readonly durationMs?: number;
};

/** Keeps the entry, or rejects: a call that cannot be recorded is not made. What is kept of which tool is its own choice. */
export type ToolAudit = (entry: ToolAuditEntry) => Promise<void>;

export type ToolMetrics = (call: {
  readonly tool: string;
  readonly method: CallMethod;
  readonly outcome: CallEnd;
  readonly durationMs: number;
}) => void;
