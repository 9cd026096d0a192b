import type * as z from 'zod';
import type { RecordName } from '../../fleet/records.ts';
import type { SteadyRecords } from './steady-records.ts';

/** Seals what one tenant's replicas share, so that it opens for that tenant, those credentials and that use alone. */
export type TokenSealer = {
  seal(text: string, field: string): string;
  /** `undefined` for what was sealed for anything else, or has been changed. */
  open(sealed: string, field: string): string | undefined;
};

/** One record of one tenant, of which the store sees nothing. Times are whole milliseconds. */
export type SealedRecord<Value> = {
  /** `undefined` when there is none that can be understood; `sealed` is what a swap compares. */
  read(): Promise<{ readonly value?: Value; readonly sealed: string; readonly leftMs: number } | undefined>;
  set(value: Value, ttlMs: number): Promise<void>;
  swap(
    before: string | undefined,
    next: { readonly value: Value; readonly ttlMs: number } | undefined,
  ): Promise<boolean>;
  remove(): Promise<void>;
};

export type SealedRecordParts<Value> = {
  readonly records: SteadyRecords;
  readonly sealer: TokenSealer;
  readonly name: RecordName;
  /** What it holds, as part of what it is sealed for. */
  readonly field: string;
  readonly schema: z.ZodType<Value>;
};

export function createSealedRecord<Value>(parts: SealedRecordParts<Value>): SealedRecord<Value> {
  const { records, sealer, name, field, schema } = parts;
  const seal = (value: Value): string => sealer.seal(JSON.stringify(value), field);

  function understood(sealed: string): { value?: Value } {
    const text = sealer.open(sealed, field);
    if (text === undefined) return {};
    const read = schema.safeParse(JSON.parse(text));
    return read.success ? { value: read.data } : {};
  }

  return {
    async read() {
      const found = await records.read(name);
      return found === undefined ? undefined : { ...understood(found.text), sealed: found.text, leftMs: found.leftMs };
    },
    set: (value, ttlMs) => records.set(name, seal(value), ttlMs),
    swap: (before, next) =>
      records.swap(name, before, next === undefined ? undefined : { text: seal(next.value), ttlMs: next.ttlMs }),
    remove: () => records.remove(name),
  };
}
