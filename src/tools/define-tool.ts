import type { z } from 'zod';
import type { Scope } from '../auth/scopes.ts';
import type { ToldError } from '../core/errors.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import type { ClientChannel, ClientQuestion, InputNeeded, JsonObject } from './client-channel.ts';

/** Hints to the client about what a call does. All four are required: silence would be read as the worst. */
export type ToolAnnotations = {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
};

/**
 * How a call is treated when there is too much to do. `rescue`: what ends or finds an order, kept going when all else is refused.
 * `order`: what sends one. Neither is told to clients.
 */
export type Lane = 'order' | 'rescue';

/** A piece of an answer as MCP knows them. `data` and `blob` are base64. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image' | 'audio'; readonly data: string; readonly mimeType: string }
  | { readonly type: 'resource'; readonly resource: ResourceBody };

export type ResourceBody = { readonly uri: string; readonly mimeType: string } & (
  | { readonly text: string }
  | { readonly blob: string }
);

/** A tool's answer: `data` meets the output schema; `text` is the short, readable form of the same. */
export type ToolAnswer<Output> = {
  readonly data: Output;
  readonly text: string;
  /** What the client is shown in place of `text`, for answers that are more than text. */
  readonly content?: readonly ContentPart[];
};

/** Under which method of MCP a call is counted. */
export type CallMethod = 'tools/call' | 'resources/read' | 'resources/subscribe';

/** `repairs`: what was read as something else than it says, one sentence each. */
export type Repaired = { readonly args: JsonObject; readonly repairs: readonly string[] };

export type ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> = {
  readonly name: string;
  /** How a client calls it, where that is not `tools/call`. */
  readonly method?: CallMethod;
  readonly title: string;
  readonly description: string;
  readonly scope: Scope;
  readonly annotations: ToolAnnotations;
  /** Strict: unknown keys are refused. */
  readonly input: Input;
  readonly output: Output;
  /**
   * Reads arguments that are not as the schema wants them, where their meaning is certain: before the schema sees them.
   * Never throws, and never changes what is already understood. What it read is told in the answer, in `repairs`.
   */
  readonly repair?: (args: JsonObject) => Repaired;
  /** Whole milliseconds one call may take; 30,000 unless told. */
  readonly deadlineMs?: number;
  /** Absent: an ordinary call. */
  readonly lane?: Lane;
  /** Throws a GatewayError. Called once more, from the start, after each round of questions to the client. */
  handle(
    input: z.output<Input>,
    context: TenantContext,
    client: ClientChannel,
  ): Promise<ToolAnswer<z.input<Output>> | InputNeeded>;
};

/** A tool whose own input and output types are nobody else's business: what the registry holds. */
export type Tool = ToolDefinition<z.ZodObject, z.ZodObject>;

/** Freezes a definition; it carries inference and nothing else. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: ToolDefinition<Input, Output>,
): ToolDefinition<Input, Output> {
  return Object.freeze(definition);
}

/** What came of one call, whatever happened in it. `text` is what a person or a model reads. */
export type ToolOutcome =
  | {
      readonly kind: 'answer';
      /** The parsed output: plain JSON. */
      readonly data: JsonObject;
      readonly text: string;
      readonly content?: readonly ContentPart[];
    }
  | { readonly kind: 'error'; readonly error: ToldError; readonly text: string }
  | {
      readonly kind: 'input-needed';
      readonly ask: Readonly<Record<string, ClientQuestion>>;
      readonly state?: unknown;
    };

/** One call of a tool: what was asked, on whose behalf, and who listens. `args` come unparsed from the client. */
export type ToolCall = {
  readonly args: unknown;
  readonly context: TenantContext;
  readonly client: ClientChannel;
};

/**
 * The one way to a tool's `handle`, on every leg: scope, limit, audit, deadline and both schemas are its business.
 * Never throws: what went wrong is an outcome.
 */
export type RunTool = (tool: Tool, call: ToolCall) => Promise<ToolOutcome>;
