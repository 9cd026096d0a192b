import { z } from 'zod';
import { compare, decimal, parseDecimal } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { isoDate } from '../../broker/model/symbol.ts';

/** The arguments that tools share. Every text is bounded, and holds no control character and no path step. */

const SYMBOL = /^[A-Za-z0-9 ./:$_-]{1,40}$/u;
const SYMBOL_RULE = "a symbol such as 'SPY', 'BRK/B', '/ESZ6' or 'SPY   261218C00600000'";
const isSymbol = (text: string): boolean => /[A-Za-z0-9]/u.test(text) && !text.includes('..');

/** An instrument's name, in capitals. */
export const symbolField = z
  .string()
  .regex(SYMBOL, { error: SYMBOL_RULE, abort: true })
  .refine(isSymbol, { error: SYMBOL_RULE })
  .trim()
  .toUpperCase();

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/u;
const isPathStep = (part: string): boolean => /^\s*\.*\s*$/u.test(part);
const isPlainText = (text: string): boolean => !UNSAFE.test(text) && !text.split(/[/\\]/u).some(isPathStep);

/** A name or phrase of at most `max` characters. */
export const plainText = (max: number) =>
  z
    .string()
    .max(max, { abort: true })
    .refine(isPlainText, { error: "plain text without control characters and without '..' or empty path steps" })
    .trim();

export const accountNumberField = z
  .string()
  .regex(/^[A-Za-z0-9]{1,20}$/u, { error: 'an account number such as those get_balances names' })
  .optional()
  .describe('Needed only with several accounts.');

export const orderIdField = z
  .string()
  .regex(/^\d{1,20}$/u, { error: 'an order id: at most 20 digits, as text' })
  .meta({ examples: ['272985726'] });

const isCalendarDay = (text: string): boolean => {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
};
const DAY_RULE = 'a calendar day as YYYY-MM-DD';

export const dateField = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/u, { error: DAY_RULE, abort: true })
  .refine(isCalendarDay, { error: DAY_RULE })
  .transform(isoDate)
  .meta({ examples: ['2026-12-18'] });

/** Optional, and null means absent: said by models that fill in every field. */
export function orNull<Field extends z.ZodType>(field: Field) {
  return z.preprocess((value) => value ?? undefined, field.optional()).optional();
}

type Bounds = { readonly rule: string; readonly min?: Decimal; readonly max: Decimal };

/** Nobody writes an amount like this on purpose. */
const isScientific = (value: number | string): boolean => typeof value === 'string' && /e/iu.test(value);

/** A number or a decimal text, read exactly. `rule` says what is wanted when it is anything else. */
export function decimalField({ rule, min, max }: Bounds) {
  return z.union([z.number(), z.string()], { error: rule }).transform((value, context): Decimal => {
    const parsed = isScientific(value) ? undefined : parseDecimal(value);
    if (parsed !== undefined && compare(parsed, max) <= 0 && (min === undefined || compare(parsed, min) >= 0)) {
      return parsed;
    }
    context.addIssue({ code: 'custom', message: rule, input: value });
    return z.NEVER;
  });
}

export const quantityField = decimalField({
  rule: 'a positive number of at most 1000000 (whole, except for crypto)',
  min: decimal('0.00000001'),
  max: decimal(1_000_000),
});

/** Signed: a credit is positive, a debit negative. */
export const priceField = decimalField({
  rule: 'a price between -10000000 and 10000000',
  min: decimal(-10_000_000),
  max: decimal(10_000_000),
});

export const timeoutField = z
  .number()
  .min(0.1)
  .max(25)
  .default(10)
  .describe('Seconds for the whole call. What is missing by then is told, each with its reason.');

export const limitField = (most: number, usual = most) => z.int().min(1).max(most).default(usual);
export const offsetField = z.int().min(0).max(1_000_000).default(0).describe('Rows to skip; see next_offset.');

/** Accepts the list also as JSON text, which some models send; anything else is left to the schema. */
export function listOf<Item extends z.ZodType>(item: Item, bounds: { readonly most: number }) {
  return z.preprocess(fromJsonText, z.array(item).min(1).max(bounds.most));
}

const MAX_JSON_TEXT = 50_000;

function fromJsonText(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > MAX_JSON_TEXT || !value.trimStart().startsWith('[')) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
