import { abortable } from '../core/abortable.ts';
import { inFlow } from '../core/call-flow.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { GatewayError, asGatewayError, tellError } from '../core/errors.ts';
import type { ToldError } from '../core/errors.ts';
import { joinSignals } from '../core/join-signals.ts';
import type { JsonObject } from './client-channel.ts';
import type { RunTool, Tool, ToolCall, ToolOutcome } from './define-tool.ts';
import { parseInput } from './input-problems.ts';
import type { Admit, CallEnd, ToolAudit, ToolAuditEntry, ToolMetrics } from './tool-ports.ts';

const DEADLINE_MS = 30_000;
/** How long a write may go on past its deadline to learn what became of it, before it is told as unknown. */
const SETTLE_MS = 30_000;

export type RunToolParts = {
  readonly clock: Clock;
  readonly admit: Admit;
  readonly audit: ToolAudit;
  readonly metrics: ToolMetrics;
};

/**
 * One order for every tool, and no way around it:
 * scope → limit → repair → input → audit "asked" → handle under a deadline → output → audit "answered" → metrics.
 * The idempotency of orders is the ledger's: it needs to know what was sent, and lives with it.
 */
export function createRunTool(parts: RunToolParts): RunTool {
  const { clock, metrics } = parts;
  return async (tool, call) => {
    const startedMs = clock.monotonicMs();
    const durationMs = (): number => clock.monotonicMs() - startedMs;
    const { issuer, subject } = call.context.caller;
    const outcome = await inFlow(`${issuer} ${subject}`, () => runSteps(tool, call, { ...parts, durationMs }));
    metrics({
      tool: tool.name,
      method: tool.method ?? 'tools/call',
      outcome: endOf(outcome),
      durationMs: durationMs(),
    });
    return outcome;
  };
}

type Steps = RunToolParts & { readonly durationMs: () => number };

async function runSteps(tool: Tool, call: ToolCall, steps: Steps): Promise<ToolOutcome> {
  const record = auditEntries(tool, call, steps);
  try {
    await requireScope(tool, call, record);
    await steps.admit({ tool, context: call.context });
    const { args, repairs } = repaired(tool, call.args);
    const input = parseInput(tool, args);
    await recordQuestion(record, input);
    const outcome = await handleUnderDeadline(tool, call, { input, repairs, clock: steps.clock }).catch(
      (thrown: unknown) => failure(blamedOnUs(asGatewayError(thrown), tool), tool, call),
    );
    await recordAnswer(record, { args: input, outcome }, call);
    return outcome;
  } catch (thrown) {
    return failure(thrown, tool, call);
  }
}

function repaired(tool: Tool, args: unknown): { readonly args: unknown; readonly repairs: readonly string[] } {
  const isObject = typeof args === 'object' && args !== null && !Array.isArray(args);
  return tool.repair === undefined || !isObject ? { args, repairs: [] } : tool.repair({ ...args });
}

type Recorded = Pick<ToolAuditEntry, 'event' | 'args' | 'answer' | 'end' | 'rule' | 'durationMs'>;
type RecordFact = (facts: Recorded) => Promise<void>;

function auditEntries(tool: Tool, { context }: ToolCall, { audit, clock, durationMs }: Steps): RecordFact {
  const { tenant, caller } = context;
  const callId = context.ids.uuid();
  return async (facts) =>
    audit({
      callId,
      at: clock.now(),
      tool: tool.name,
      scope: tool.scope,
      tenantId: tenant.id,
      environment: context.broker.environment,
      issuer: caller.issuer,
      subject: caller.subject,
      ...(caller.clientId === undefined ? {} : { clientId: caller.clientId }),
      ...(facts.event === 'asked' ? {} : { durationMs: durationMs() }),
      ...facts,
    });
}

async function requireScope(tool: Tool, { context }: ToolCall, record: RecordFact): Promise<void> {
  if (context.caller.scopes.has(tool.scope)) return;
  await record({ event: 'refused', end: 'insufficient_scope' }).catch((cause: unknown) =>
    context.log.error({ cause, tool: tool.name }, 'A refusal could not be audited'),
  );
  throw new GatewayError(
    'insufficient_scope',
    `${tool.name} needs the scope '${tool.scope}', and this token does not have it.`,
    { details: { neededScope: tool.scope }, advice: `Ask for a token with the scope '${tool.scope}'.` },
  );
}

async function recordQuestion(record: RecordFact, args: JsonObject): Promise<void> {
  try {
    await record({ event: 'asked', args });
  } catch (cause) {
    throw new GatewayError('storage_unavailable', 'The call could not be recorded, so it was not made.', { cause });
  }
}

/** A lost record of an answer does not unmake the answer: what was done was done. */
async function recordAnswer(
  record: RecordFact,
  { args, outcome }: { readonly args: JsonObject; readonly outcome: ToolOutcome },
  { context }: ToolCall,
): Promise<void> {
  const rule = outcome.kind === 'error' ? outcome.error.details?.['rule'] : undefined;
  await record({
    event: 'answered',
    args,
    end: endOf(outcome),
    ...(outcome.kind === 'answer' ? { answer: outcome.data } : {}),
    ...(typeof rule === 'string' ? { rule } : {}),
  }).catch((cause: unknown) => context.log.error({ cause }, 'An answer could not be audited'));
}

async function handleUnderDeadline(
  tool: Tool,
  call: ToolCall,
  { input, repairs, clock }: { input: Record<string, unknown>; repairs: readonly string[]; clock: Clock },
): Promise<ToolOutcome> {
  const deadlineMs = tool.deadlineMs ?? DEADLINE_MS;
  const deadline = abortAfter(clock, deadlineMs, timeoutReason);
  const end = abortAfter(clock, deadlineMs + SETTLE_MS, unknownReason);
  // Whose context it is may live on: who watches a resource reads it again and again.
  const { signal, release } = joinSignals(call.context.signal, deadline.signal);
  try {
    return await handle(tool, call, { input, repairs, signal, end: end.signal });
  } finally {
    release();
    deadline.cancel();
    end.cancel();
  }
}

type Bounds = {
  readonly input: Record<string, unknown>;
  readonly repairs: readonly string[];
  /** The caller's and the deadline's. */
  readonly signal: AbortSignal;
  readonly end: AbortSignal;
};

async function handle(
  tool: Tool,
  { context, client }: ToolCall,
  { input, repairs, signal, end }: Bounds,
): Promise<ToolOutcome> {
  context.signal.throwIfAborted();
  // A read ends with its caller or its deadline. A write is told to hurry, and then waited for: it may have been sent.
  const work = tool.handle(input, { ...context, signal }, client);
  const answer = await abortable(work, tool.annotations.readOnlyHint ? signal : end);
  if ('ask' in answer) return { kind: 'input-needed', ...answer };
  const { content } = answer;
  const data = parseOutput(tool, withRepairs(answer.data, repairs));
  const text = repairs.length === 0 ? answer.text : `Read as meant: ${repairs.join('; ')}.\n${answer.text}`;
  return { kind: 'answer', data, text, ...(content === undefined ? {} : { content }) };
}

/** What was read before the schema, told before what the tool itself read. */
function withRepairs(data: object, repairs: readonly string[]): object {
  if (repairs.length === 0) return data;
  const own = 'repairs' in data && Array.isArray(data.repairs) ? data.repairs : [];
  return { ...data, repairs: [...repairs, ...own] };
}

function abortAfter(clock: Clock, ms: number, reason: () => Error): { readonly signal: AbortSignal } & Timer {
  const controller = new AbortController();
  const timer = clock.after(ms, () => controller.abort(reason()));
  return { signal: controller.signal, cancel: () => timer.cancel() };
}

const timeoutReason = (): Error =>
  new GatewayError('deadline_exceeded', 'The call took longer than it may, and was given up.');
const unknownReason = (): Error =>
  new GatewayError('order_outcome_unknown', 'The call did not end in time; it may or may not have been carried out.');

function parseOutput(tool: Tool, data: unknown): JsonObject {
  const parsed = tool.output.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new Error(`${tool.name} broke its output schema: ${pathsOf(parsed.error.issues)}`);
}

const pathsOf = (issues: readonly { readonly path: readonly PropertyKey[]; readonly code?: string }[]): string =>
  issues.map(({ path, code }) => `${path.map(String).join('.')} ${code ?? ''}`).join('; ');

function failure(thrown: unknown, tool: Tool, { context }: ToolCall): ToolOutcome {
  const error = asGatewayError(thrown);
  if (error.code === 'internal' || error.code === 'order_outcome_unknown') {
    context.log.error({ cause: error.cause ?? error, tool: tool.name }, 'A tool failed');
  }
  const told = tellError(error);
  return { kind: 'error', error: told, text: errorText(told) };
}

/** A defect in the middle of a write must not read as "not done, try again". */
function blamedOnUs(error: GatewayError, tool: Tool): GatewayError {
  if (error.code !== 'internal' || tool.annotations.readOnlyHint) return error;
  return new GatewayError(
    'order_outcome_unknown',
    `The gateway failed during ${tool.name}; it may or may not have been carried out.`,
    { cause: error.cause, advice: 'Do not repeat the call: first look at what the broker holds now.' },
  );
}

function errorText(error: ToldError): string {
  const after = error.retryAfterSeconds === undefined ? '' : ` Wait ${error.retryAfterSeconds} s.`;
  const said = error.brokerSaid === undefined ? [] : [`The broker's words: ${JSON.stringify(error.brokerSaid)}`];
  return [error.message, ...said, `${error.advice}${after} [${error.code}]`].join('\n');
}

const endOf = (outcome: ToolOutcome): CallEnd => {
  if (outcome.kind === 'error') return outcome.error.code;
  return outcome.kind === 'answer' ? 'ok' : outcome.kind;
};
