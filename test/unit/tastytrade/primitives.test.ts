import { describe, expect, it } from 'vitest';
import { maybeUnsigned, positive, unsigned } from '../../../src/broker/tastytrade/wire/primitives.ts';

describe('a quantity', () => {
  it.each([
    ['unsigned', unsigned],
    ['maybeUnsigned', maybeUnsigned],
    ['positive', positive],
  ])('that is no number is refused as such, and not thrown at anybody (%s)', (_name, schema) => {
    for (const raw of ['x', '-1', Number.NaN]) expect(schema.safeParse(raw).success).toBe(false);
    expect(schema.safeParse('1.50').data).toBe('1.5');
  });
});
