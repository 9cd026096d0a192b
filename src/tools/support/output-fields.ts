import { z } from 'zod';
import type { Environment } from '../../broker/broker.ts';
import { toIso } from '../../core/clock.ts';
import type { EpochMs } from '../../core/clock.ts';
import type { ToldError } from '../../core/errors.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';

/** In every answer: where it came from. One of three words, which the instructions of the server explain once. */
export const environmentField = z.string();

/** A decimal number as text: money never goes through a float. */
export const amount = z.string();
export const maybeAmount = amount.optional();
export const maybeText = z.string().optional();
/** A whole number; its bounds are not worth their place in every listing. */
export const count = z.number();

/** Why one item of a list has no value; with advice, and details where there are any. */
export const itemError = z.looseObject({ code: z.string(), message: z.string() }).optional();

export type ItemError = z.input<typeof itemError>;

export function toItemError({ code, message, advice, details }: ToldError): NonNullable<ItemError> {
  return { code, message, advice, ...(details === undefined ? {} : { details }) };
}

/** Set when there is more: the `offset` to ask for next. */
export const pageFields = { total: count.optional(), next_offset: count.optional() };

export function environmentOf(context: TenantContext): { environment: Environment } {
  return { environment: context.broker.environment };
}

type Present<Row> = { [Key in keyof Row as undefined extends Row[Key] ? never : Key]: Row[Key] } & {
  [Key in keyof Row as undefined extends Row[Key] ? Key : never]?: Exclude<Row[Key], undefined>;
};

/** The row without the keys that hold nothing: absent is absent, never null. */
export function present<Row extends object>(row: Row): Present<Row> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as Present<Row>;
}

export const isoOf = (at: EpochMs | undefined): string | undefined => (at === undefined ? undefined : toIso(at));
