import { ORDER_TYPES, TIMES_IN_FORCE } from '../../broker/model/order.ts';
import { quoted } from '../../core/quoted.ts';
import type { JsonObject } from '../client-channel.ts';
import type { Repaired } from '../define-tool.ts';

const MAX_JSON_TEXT = 50_000;
const MAX_SHOWN = 40;

/** A value as it was meant, or `undefined` where it is as it should be, or its meaning is not certain. */
type Repair = (value: unknown) => unknown;
type Mend = { readonly field: string; readonly repair: Repair; readonly how: string };

const ORDER: readonly Mend[] = [
  { field: 'legs', repair: fromJsonText, how: 'was read from JSON text' },
  { field: 'legs', repair: fromSingle, how: 'was read as a list of one' },
  { field: 'order_type', repair: wordOf(ORDER_TYPES), how: 'was read as' },
  { field: 'time_in_force', repair: wordOf(TIMES_IN_FORCE), how: 'was read as' },
];

const LEG: readonly Mend[] = [{ field: 'option_type', repair: optionSide, how: 'was read as' }];

/**
 * Legs as JSON text or as a single object, words in another case or spacing, `call` for `C`: read where the meaning is certain.
 * Sides, quantities and prices are never touched. `orders` of a complex order are read the same way.
 */
export function repairOrderArgs(args: JsonObject): Repaired {
  const repairs: string[] = [];
  const tell = (sentence: string): void => void repairs.push(sentence);
  const listed = mended(args, [{ field: 'orders', repair: fromJsonText, how: 'was read from JSON text' }], tell);
  const { orders } = listed;
  const whole = Array.isArray(orders) ? { ...listed, orders: orders.map((order) => repairOrder(order, tell)) } : listed;
  return { args: repairOrder(whole, tell) as JsonObject, repairs };
}

function repairOrder(order: unknown, tell: (sentence: string) => void): unknown {
  if (!isObject(order)) return order;
  const read = mended(order, ORDER, tell);
  const { legs } = read;
  if (!Array.isArray(legs)) return read;
  return { ...read, legs: legs.map((leg: unknown) => (isObject(leg) ? mended(leg, LEG, tell) : leg)) };
}

function mended(object: JsonObject, mends: readonly Mend[], tell: (sentence: string) => void): JsonObject {
  const read = new Map(Object.entries(object));
  for (const { field, repair, how } of mends) {
    const value = read.get(field);
    const meant = value === undefined ? undefined : repair(value);
    if (meant === undefined) continue;
    tell(
      typeof meant === 'string'
        ? `${field} "${quoted(String(value), MAX_SHOWN)}" ${how} '${meant}'`
        : `${field} ${how}`,
    );
    read.set(field, meant);
  }
  // Own keys only, whatever they are called: a forged prototype is for the schema to refuse.
  return Object.fromEntries(read);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fromJsonText(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > MAX_JSON_TEXT || !/^\s*[[{]/u.test(value)) return undefined;
  try {
    const read = JSON.parse(value) as unknown;
    return keysIn(read) === keysWritten(value) ? read : undefined;
  } catch {
    return undefined;
  }
}

const STRING = /"(?:[^"\\]|\\.)*"/gu;
const keysWritten = (json: string): number => json.replaceAll(STRING, '').split(':').length - 1;

/** Fewer than were written where a key is there twice: such text says two things, and is not read as one of them. */
function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum: number, each) => sum + keysIn(each), own);
}

function fromSingle(value: unknown): unknown {
  return isObject(value) ? [value] : undefined;
}

function plain(text: string): string {
  return text
    .trim()
    .replaceAll(/[\s_-]+/gu, ' ')
    .toLowerCase();
}

function wordOf(words: readonly string[]): Repair {
  const byPlain = new Map(words.map((word) => [plain(word), word]));
  return (value) => {
    if (typeof value !== 'string' || value.length > MAX_SHOWN || words.includes(value)) return undefined;
    return byPlain.get(plain(value));
  };
}

const SIDES: ReadonlyMap<string, string> = new Map([
  ['c', 'C'],
  ['call', 'C'],
  ['p', 'P'],
  ['put', 'P'],
]);

function optionSide(value: unknown): unknown {
  if (typeof value !== 'string' || value === 'C' || value === 'P') return undefined;
  return SIDES.get(plain(value));
}
