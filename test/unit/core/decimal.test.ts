import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ZERO,
  absolute,
  add,
  compare,
  decimal,
  divide,
  isMultipleOf,
  isNegative,
  isPositive,
  multiply,
  negate,
  parseDecimal,
  roundTo,
  roundToStep,
  subtract,
  sum,
} from '../../../src/core/decimal.ts';

/** Exact arithmetic on integers of hundred-thousandths: an oracle that shares nothing with the library. */
const SCALE = 5;
const arbitrary = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
const write = (units: bigint, scale = SCALE): string => {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
};
const from = (units: bigint, scale = SCALE) => decimal(write(units, scale));

describe('parseDecimal', () => {
  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['0.0', '0'],
    ['312.0151', '312.0151'],
    ['+1.50', '1.5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['1e3', '1000'],
    ['1E-7', '0.0000001'],
    [1e21, '1000000000000000000000'],
    [0.1, '0.1'],
    ['1234567890123456789.123456789', '1234567890123456789.123456789'],
  ])('reads %j as %s', (given, expected) => {
    expect(parseDecimal(given)).toBe(expected);
  });

  it.each([
    'NaN',
    NaN,
    Infinity,
    -Infinity,
    'Infinity',
    '',
    ' ',
    '1 ',
    ' 1',
    '1,000',
    '0x10',
    '1e',
    '--1',
    '1.2.3',
    '١٢',
    '1e9999',
    null,
    undefined,
    {},
    [],
    true,
    '1'.repeat(65),
  ])('refuses %j', (given) => {
    expect(parseDecimal(given)).toBeUndefined();
  });

  it('never reads what it did not write back', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseDecimal(text);
        expect(parsed === undefined || parseDecimal(parsed) === parsed).toBe(true);
      }),
    );
  });
});

describe('arithmetic', () => {
  it('adds, subtracts and multiplies exactly', () => {
    fc.assert(
      fc.property(arbitrary, arbitrary, (a, b) => {
        expect(add(from(a), from(b))).toBe(from(a + b));
        expect(subtract(from(a), from(b))).toBe(from(a - b));
        expect(multiply(from(a), from(b))).toBe(from(a * b, SCALE * 2));
        expect(compare(from(a), from(b))).toBe(a < b ? -1 : Number(a > b));
        expect(negate(negate(from(a)))).toBe(from(a));
        expect(isNegative(from(a))).toBe(a < 0n);
        expect(isPositive(absolute(from(a)))).toBe(a !== 0n);
      }),
    );
  });

  it('sums dimes without a remainder, as floats do not', () => {
    expect(sum(Array.from({ length: 10 }, () => decimal('0.1')))).toBe('1');
    expect(sum([])).toBe(ZERO);
  });

  it('divides to the places asked for, half to even, and refuses zero', () => {
    expect(divide(decimal('1'), decimal('3'), 4)).toBe('0.3333');
    expect(divide(decimal('0.25'), decimal('10'), 2)).toBe('0.02');
    expect(() => divide(decimal('1'), ZERO)).toThrow(RangeError);
    expect(roundTo(decimal('2.675'), 2)).toBe('2.68');
  });
});

describe('roundToStep', () => {
  it.each([
    ['1.23', '0.05', 'nearest', '1.25'],
    ['1.22', '0.05', 'nearest', '1.2'],
    ['1.23', '0.05', 'down', '1.2'],
    ['1.21', '0.05', 'up', '1.25'],
    ['-1.23', '0.05', 'down', '-1.25'],
    ['-1.23', '0.05', 'up', '-1.2'],
    ['1.25', '0.05', 'up', '1.25'],
  ] as const)('%s to steps of %s %s is %s', (value, step, rounding, expected) => {
    expect(roundToStep(decimal(value), decimal(step), rounding)).toBe(expected);
  });

  it('gives a multiple of the step, less than a step away, and leaves multiples alone', () => {
    const steps = fc.constantFrom('0.01', '0.05', '0.1', '0.25', '5', '0.0001');
    fc.assert(
      fc.property(arbitrary, steps, fc.constantFrom('nearest', 'down', 'up'), (units, step, rounding) => {
        const value = from(units);
        const rounded = roundToStep(value, decimal(step), rounding);
        expect(isMultipleOf(rounded, decimal(step))).toBe(true);
        expect(compare(absolute(subtract(rounded, value)), decimal(step))).toBe(-1);
        expect(roundToStep(rounded, decimal(step), rounding)).toBe(rounded);
      }),
    );
  });

  it('refuses a step that is not positive', () => {
    expect(() => roundToStep(decimal('1'), ZERO)).toThrow(RangeError);
  });
});
