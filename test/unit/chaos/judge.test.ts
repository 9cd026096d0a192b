import { expect, it } from 'vitest';
import { judge, percentile, tally } from '../../chaos/judge.ts';

it('passes when every check holds, and says what was seen', () => {
  const checks = [
    { what: 'requests lost', value: 0, most: 0 },
    { what: '% of reads answered', value: 99.456, least: 99 },
  ];
  expect(judge(checks, { perSecond: 60 })).toEqual({
    passed: true,
    seen: '0 requests lost, 99.46 % of reads answered',
    figures: { 'requests lost': 0, '% of reads answered': 99.456, perSecond: 60 },
  });
});

it.each([
  [{ what: 'lost', value: 1, most: 0 }, '1 lost (expected at most 0)'],
  [{ what: '%', value: 98.9, least: 99 }, '98.9 % (expected at least 99)'],
  [{ what: 'grants', value: 2, least: 1, most: 1 }, '2 grants (expected at least 1, at most 1)'],
  [{ what: 'ms', value: Number.NaN, most: 250 }, 'NaN ms (expected at most 250)'],
  [{ what: 'ms', value: Number.POSITIVE_INFINITY, most: 250 }, 'Infinity ms (expected at most 250)'],
])('fails on %j', (check, seen) => {
  const outcome = judge([{ what: 'fine', value: 1, least: 1 }, check]);
  expect(outcome).toMatchObject({ passed: false, seen: `1 fine, ${seen}` });
});

it('does not pass when nothing was checked', () => {
  expect(judge([]).passed).toBe(false);
});

it('finds percentiles', () => {
  const values = Array.from({ length: 100 }, (_unused, index) => 100 - index);
  expect([0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 99, 100]);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});

it('counts words', () => {
  expect(tally(['a', 'b', 'a'])).toEqual({ a: 2, b: 1 });
});
