import type { World } from '../world.ts';

const KEY = 'external-identifier';

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** The identifier of one order body; of a complex one, those of its parts. */
function identifiersOf(body: unknown): readonly string[] {
  const { [KEY]: own, 'trigger-order': trigger, orders } = fieldsOf(body);
  const parts: readonly unknown[] = [trigger, ...(Array.isArray(orders) ? orders : [])];
  return [own, ...parts.map((part) => fieldsOf(part)[KEY])].filter((identifier) => typeof identifier === 'string');
}

/** An order sent twice shows up as a count of two under its external identifier. */
export function countSubmission({ counters, clock }: World, body: unknown): void {
  for (const identifier of identifiersOf(body)) counters.submitted(identifier, clock.now());
}
