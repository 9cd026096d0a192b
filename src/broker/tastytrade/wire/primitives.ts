import * as z from 'zod';
import { isoDate } from '../../model/symbol.ts';
import type { IsoDate } from '../../model/symbol.ts';
import { epochMs } from '../../../core/clock.ts';
import type { EpochMs } from '../../../core/clock.ts';
import { absolute, isNegative, isZero, negate, parseDecimal, ZERO } from '../../../core/decimal.ts';
import type { Decimal } from '../../../core/decimal.ts';

export type Context = z.core.$RefinementCtx;

/** The broker writes numbers as numbers or as texts, whatever its documents say: both are read. */
const numeral = z.union([z.string(), z.number()]);
const isAbsent = (raw: unknown): boolean => raw === undefined || raw === null || raw === '';

function issue(ctx: Context, message: string, path: readonly string[] = []): never {
  ctx.addIssue({ code: 'custom', message, path: [...path] });
  return z.NEVER;
}

function readDecimal(raw: unknown, ctx: Context): Decimal {
  return parseDecimal(raw) ?? issue(ctx, 'not a decimal number');
}

function readUnsigned(raw: unknown, ctx: Context): Decimal {
  const value = parseDecimal(raw);
  if (value === undefined) return issue(ctx, 'not a decimal number');
  return isNegative(value) ? issue(ctx, 'negative') : value;
}

export const amount = numeral.transform(readDecimal);
export const unsigned = numeral.transform(readUnsigned);
export const positive = unsigned.refine((value) => !isZero(value), 'zero');

export const maybeAmount = numeral
  .nullish()
  .transform((raw, ctx) => (isAbsent(raw) ? undefined : readDecimal(raw, ctx)));
export const maybeUnsigned = numeral
  .nullish()
  .transform((raw, ctx) => (isAbsent(raw) ? undefined : readUnsigned(raw, ctx)));

/** Like `maybeAmount`; the broker's `NaN` of a statistic means that it has none. */
export const maybeStatistic = numeral
  .nullish()
  .transform((raw, ctx) => (isAbsent(raw) || raw === 'NaN' ? undefined : readDecimal(raw, ctx)));

export const text = z.string().min(1);
export const maybeText = z
  .string()
  .nullish()
  .transform((raw) => (isAbsent(raw) ? undefined : (raw ?? undefined)));

export const flag = z.boolean();
/** The broker leaves out what does not hold. */
export const maybeFlag = z
  .boolean()
  .nullish()
  .transform((raw) => raw ?? false);

/** An id, as text. A number too large to be exact is refused: it might name something else. */
export const id = z.union([text, z.int().nonnegative()]).transform(String);
export const maybeId = id.nullish().transform((raw) => raw ?? undefined);

const DATE = /^\d{4}-\d{2}-\d{2}$/u;

function readDate(raw: string, ctx: Context): IsoDate {
  const isDate = DATE.test(raw) && !Number.isNaN(Date.parse(`${raw}T00:00:00Z`));
  return isDate ? isoDate(raw) : issue(ctx, 'not a date');
}

/** `YYYY-MM-DD`; of a date with a time, the date. */
const dateText = z.string().transform((raw) => raw.slice(0, 10));
export const date = dateText.transform(readDate);
export const maybeDate = z
  .string()
  .nullish()
  .transform((raw, ctx) => (isAbsent(raw) ? undefined : readDate((raw ?? '').slice(0, 10), ctx)));

/** `2023-06-08 13:30:00+00`: a blank for the T, and two digits of offset. */
const LOOSE_TIME = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}(?::?\d{2})?)$/u;

function parseTime(raw: string): number {
  const [, day, time, offset] = LOOSE_TIME.exec(raw) ?? [];
  if (day === undefined || time === undefined || offset === undefined) return Number.NaN;
  const zone = offset.length === 3 ? `${offset}:00` : offset;
  return Date.parse(`${day}T${time}${zone}`);
}

function readTime(raw: unknown, ctx: Context): EpochMs {
  const at = typeof raw === 'number' ? raw : parseTime(String(raw));
  return Number.isFinite(at) && at >= 0 ? epochMs(at) : issue(ctx, 'not a time');
}

/** ISO with an offset, the broker's looser form of it, or epoch milliseconds. */
export const time = numeral.transform(readTime);
/** Zero is how a dry run says that there is no time yet. */
export const maybeTime = numeral
  .nullish()
  .transform((raw, ctx) => (isAbsent(raw) || raw === 0 ? undefined : readTime(raw, ctx)));

const EFFECTS = ['Credit', 'Debit', 'None'] as const;
export type Effect = (typeof EFFECTS)[number];

/** Which way an amount goes. An empty text says no more than an absent key. */
export const effect = z
  .union([z.enum(EFFECTS), z.literal('')])
  .nullish()
  .transform((raw) => (isAbsent(raw) ? undefined : (raw as Effect)));

export type Signable = {
  readonly field: string;
  readonly amount: Decimal | undefined;
  readonly effect: Effect | undefined;
};

/** The amount with the sign of its effect, credit positive. An amount whose direction is not told is refused. */
export function signed(ctx: Context, { field, amount: value, effect: way }: Signable): Decimal | undefined {
  if (value === undefined) return undefined;
  if (isZero(value)) return ZERO;
  if (way === 'Debit') return negate(absolute(value));
  if (way === 'Credit' && !isNegative(value)) return value;
  return issue(ctx, 'an amount without a clear effect', [`${field}-effect`]);
}
