import * as z from 'zod';

const count = z.coerce.number().int().nonnegative();

const pagination = z.object({ 'total-items': count, 'total-pages': count }).nullish();

/** `{ data }`: what nearly every answer is wrapped in. */
export function envelope<Value>(data: z.ZodType<Value>): z.ZodType<Value> {
  return z.object({ data }).transform((body) => body.data);
}

/** `{ data: { items: [] } }`. */
export function listEnvelope<Value>(item: z.ZodType<Value>): z.ZodType<readonly Value[]> {
  return z.object({ data: z.object({ items: z.array(item) }) }).transform((body) => body.data.items);
}

export type Page<Row> = {
  readonly rows: readonly Row[];
  /** Absent where the service does not paginate. */
  readonly total?: number;
  readonly pages?: number;
};

/** A list with its `pagination` block. The links in it are always null: pages are counted instead. */
export function pageEnvelope<Value>(item: z.ZodType<Value>): z.ZodType<Page<Value>> {
  return z
    .object({ data: z.object({ items: z.array(item) }), pagination })
    .transform(({ data, pagination: block }) => ({
      rows: data.items,
      ...(block === undefined || block === null ? {} : { total: block['total-items'], pages: block['total-pages'] }),
    }));
}
