import { z } from 'zod';
import { GatewayError } from '../../../core/errors.ts';
import { quoted } from '../../../core/quoted.ts';

const MAX_REASON = 200;
const MAX_SHOWN = 40;
const MAX_PROBLEMS = 5;
const MAX_ORDERS = 500;

const reason = z
  .string('must be a text')
  .transform((text) => quoted(text, MAX_REASON + 1))
  .refine((text) => text.length >= 1 && text.length <= MAX_REASON, `must have 1 to ${MAX_REASON} visible characters`);

/** The body of a change of a kill switch. */
export const switchBody = z
  .strictObject({
    on: z.boolean('must be true (trading stops) or false'),
    reason,
    cancel_all: z.boolean('must be true or false').default(false),
  })
  .refine(({ on, cancel_all }) => on || !cancel_all, { path: ['cancel_all'], error: 'goes with on: true only' });

/** Which orders are asked for. */
export const ordersQuery = z.strictObject({
  open: z.enum(['true', 'false'], 'must be true or false').default('false'),
  limit: z
    .string('must be given once')
    .regex(/^\d{1,4}$/u, `must be a whole number from 1 to ${MAX_ORDERS}`)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= MAX_ORDERS, `must be a whole number from 1 to ${MAX_ORDERS}`)
    .default(100),
});

/** Of which environment the chains are; of all unless told. */
export const chainsQuery = z.strictObject({
  environment: z.enum(['live', 'sandbox', 'paper'], 'must be live, sandbox or paper').optional(),
});

export const noQuery = z.strictObject({});

/** What a caller sent, as the schema reads it. Throws `invalid_input`, which names each field at fault. */
export function readInput<Schema extends z.ZodType>(schema: Schema, sent: unknown): z.output<Schema> {
  const parsed = schema.safeParse(sent ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap(toProblems).slice(0, MAX_PROBLEMS);
  const sentences = problems.map(({ field, problem, isKnown }) => `${isKnown ? field : 'A field'} ${problem}.`);
  throw new GatewayError('invalid_input', `The request was refused. ${sentences.join(' ')}`, {
    details: { problems: problems.map(({ field, problem }) => ({ field, problem })) },
  });
}

type Problem = { readonly field: string; readonly problem: string; readonly isKnown: boolean };

function toProblems(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: quoted(key, MAX_SHOWN), problem: 'is not known here', isKnown: false }));
  }
  if (issue.path.length === 0) return [{ field: 'The body', problem: 'must be a JSON object', isKnown: true }];
  return [{ field: issue.path.join('.'), problem: issue.message, isKnown: true }];
}
