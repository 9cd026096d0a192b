import { epochMs, type EpochMs } from '../../../core/clock.ts';
import { isNegative, isPositive, parseDecimal, type Decimal } from '../../../core/decimal.ts';
import type { DeskRefusal } from '../desk.ts';

export type Fault = { readonly domain: string; readonly reason: string };

const MISSING = 'is missing';
export const INVALID = 'does not have a valid value';

type Fields = { readonly [key: string]: unknown };

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const validationRefusal = (errors: readonly Fault[]): DeskRefusal => ({
  kind: 'refused',
  status: 400,
  error: { code: 'validation_error', message: 'Request validation failed', errors },
});

/** Reads the fields of one JSON object and collects what is wrong with them, all faults at once. */
export type BodyReader = {
  readonly faults: Fault[];
  has(key: string): boolean;
  /** Absent or null is undefined; anything else that is no such value is a fault. */
  text(key: string): string | undefined;
  choice<Value extends string>(key: string, of: readonly Value[]): Value | undefined;
  positive(key: string): Decimal | undefined;
  amount(key: string): Decimal | undefined;
  time(key: string): EpochMs | undefined;
  flag(key: string): boolean;
  /** Notes the fault when the field is absent. */
  require(key: string): void;
  /** Notes the fault when the field is there. */
  forbid(key: string, why: string): void;
  objects(key: string): readonly BodyReader[] | undefined;
  object(key: string): BodyReader | undefined;
};

const MAX_TEXT = 200;

export function readBody(body: unknown, faults: Fault[] = [], path = ''): BodyReader {
  const fields = isFields(body) ? body : {};
  if (!isFields(body)) faults.push({ domain: path === '' ? 'body' : path, reason: INVALID });
  const domain = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const has = (key: string): boolean => fields[key] !== undefined && fields[key] !== null;
  const fault = (key: string, reason: string): undefined => void faults.push({ domain: domain(key), reason });

  function read<Value>(key: string, parse: (raw: unknown) => Value | undefined): Value | undefined {
    if (!has(key)) return undefined;
    const value = parse(fields[key]);
    return value === undefined ? fault(key, INVALID) : value;
  }

  return {
    faults,
    has,
    text: (key) => read(key, (raw) => (typeof raw === 'string' && raw.length <= MAX_TEXT ? raw : undefined)),
    choice: (key, of) => read(key, (raw) => of.find((value) => value === raw)),
    positive: (key) => read(key, positive),
    amount: (key) => read(key, nonNegative),
    time: (key) => read(key, (raw) => instant(raw)),
    flag: (key) => read(key, (raw) => (typeof raw === 'boolean' ? raw : undefined)) ?? false,
    require: (key) => void (has(key) || fault(key, MISSING)),
    forbid: (key, why) => void (has(key) && fault(key, why)),
    objects: (key) =>
      read(key, (raw) =>
        Array.isArray(raw) ? raw.map((item, index) => readBody(item, faults, `${domain(key)}[${index}]`)) : undefined,
      ),
    object: (key) => (has(key) ? readBody(fields[key], faults, domain(key)) : undefined),
  };
}

function nonNegative(raw: unknown): Decimal | undefined {
  const value = parseDecimal(raw);
  return value === undefined || isNegative(value) ? undefined : value;
}

function positive(raw: unknown): Decimal | undefined {
  const value = parseDecimal(raw);
  return value !== undefined && isPositive(value) ? value : undefined;
}

function instant(raw: unknown): EpochMs | undefined {
  const at = typeof raw === 'string' ? Date.parse(raw) : Number.NaN;
  return Number.isNaN(at) ? undefined : epochMs(at);
}
