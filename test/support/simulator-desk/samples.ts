import { existsSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../../../../shared/reference/tastytrade/samples/', import.meta.url);

/** Recorded answers of the broker lie beside the repository on some machines, and in no checkout of it. */
export const samplesAreHere = existsSync(FOLDER);

/** The parsed sample, without its envelope when it has one. */
export function sample(name: string): unknown {
  const parsed: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'data' in parsed ? parsed.data : parsed;
}

const typeOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'list';
  return value === null ? 'null' : typeof value;
};

/** What is in `expected` and is absent, or of another type, in `actual`: `legs[0].quantity: number, not string`. */
export function differences(actual: unknown, expected: unknown, path = ''): string[] {
  const [is, should] = [typeOf(actual), typeOf(expected)];
  if (is !== should) return [`${path}: ${should}, not ${is}`];
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return expected.length > 0 && actual.length > 0 ? differences(actual[0], expected[0], `${path}[0]`) : [];
  }
  if (should !== 'object') return [];
  const [fields, wanted] = [Object.entries(actual as object), Object.entries(expected as object)];
  const by = new Map<string, unknown>(fields);
  return wanted.flatMap(([key, value]) =>
    by.has(key) ? differences(by.get(key), value, `${path}.${key}`) : [`${path}.${key}: absent`],
  );
}
