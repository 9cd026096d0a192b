import { z } from 'zod';
import { GatewayError } from '../core/errors.ts';
import { quoted } from '../core/quoted.ts';
import type { Tool } from './define-tool.ts';

const MAX_SHOWN = 40;
const MAX_PROBLEMS = 5;

/** One thing to change in the arguments. Plain JSON, every text bounded. */
export type InputProblem = { readonly field: string; readonly problem: string; readonly example?: unknown };

/** The arguments as the tool's schema reads them. Throws `invalid_input`, which names each field at fault. */
export function parseInput(tool: Tool, args: unknown): Record<string, unknown> {
  const parsed = tool.input.safeParse(args ?? {}, { reportInput: true });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, MAX_PROBLEMS).map((issue) => toProblem(tool.input, issue));
  const more = parsed.error.issues.length - problems.length;
  const sentences = problems.map(({ field, problem, example }) => {
    const shown = example === undefined ? '' : ` (for example ${JSON.stringify(example)})`;
    return `${field}: ${problem}${shown}.`;
  });
  const rest = more > 0 ? ` And ${more} more.` : '';
  throw new GatewayError('invalid_input', `${tool.name} was not called. ${sentences.join(' ')}${rest}`, {
    details: { problems },
  });
}

function toProblem(schema: z.ZodObject, issue: z.core.$ZodIssue): InputProblem {
  const field = issue.path.length === 0 ? 'arguments' : quoted(z.core.toDotPath(issue.path), 80);
  const place = schemaAt(schema, issue.path);
  const example = issue.code === 'unrecognized_keys' ? undefined : exampleOf(place);
  return { field, problem: describe(issue, place), ...(example === undefined ? {} : { example }) };
}

function describe(issue: z.core.$ZodIssue, place: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.slice(0, MAX_PROBLEMS).map((key) => `"${quoted(key, MAX_SHOWN)}"`);
    const known = place instanceof z.ZodObject ? Object.keys(place.shape) : [];
    return `unknown ${unknown.join(', ')}; ${known.length === 0 ? 'it takes none' : `allowed are ${known.join(', ')}`}`;
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) return `is missing; it must be ${expected(issue)}`;
  return `was given ${shown(issue.input)}; it must be ${expected(issue)}`;
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return article(issue.expected);
    case 'invalid_value':
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_big':
      return `at most ${String(issue.maximum)}${unit(issue.origin)}`;
    case 'too_small':
      return `at least ${String(issue.minimum)}${unit(issue.origin)}`;
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'unrecognized_keys':
    case 'custom':
      // Formats, unions and checks of our own carry a text of our own.
      return issue.message;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};
const article = (type: string): string => TYPE_NAMES[type] ?? `of type ${type}`;

const UNITS: Readonly<Record<string, string>> = { string: ' characters long', array: ' items', set: ' items' };
const unit = (origin: string): string => UNITS[origin] ?? '';

/** A value from outside, short enough to be told: never the whole of it. */
function shown(value: unknown): string {
  if (typeof value === 'string') {
    const text = JSON.stringify(quoted(value, MAX_SHOWN));
    return value.length > MAX_SHOWN ? `${text} (${value.length} characters)` : text;
  }
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  const [key, ...rest] = path;
  const inner = unwrapped(schema);
  if (key === undefined) return inner;
  if (inner instanceof z.ZodArray) return schemaAt(inner.element, rest);
  const next = inner instanceof z.ZodObject ? inner.shape[String(key)] : undefined;
  return next === undefined ? undefined : schemaAt(next, rest);
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (z.globalRegistry.has(schema) && exampleOf(schema) !== undefined) return schema;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return unwrapped(schema.unwrap());
  }
  if (schema instanceof z.ZodPipe) return unwrapped(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
  return schema;
}

function exampleOf(schema: z.core.$ZodType | undefined): unknown {
  const examples = schema === undefined ? undefined : z.globalRegistry.get(schema)?.['examples'];
  return Array.isArray(examples) ? examples[0] : undefined;
}
