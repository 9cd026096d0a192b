import { expect, it } from 'vitest';
import { chaosTable } from '../../chaos/table.ts';

it('shows each row, and counts in its last line', () => {
  const row = (number: string, passed: boolean) => ({
    scenario: { number, title: 'Something happens', expected: 'nothing is lost, over and over again and once more' },
    outcome: { passed, seen: passed ? '0 lost' : '3 lost', figures: {} },
  });
  const text = chaosTable([row('1', true), row('7a', false)]);
  const lines = text.split('\n');
  expect(lines.find((line) => line.startsWith('1 '))).toMatch(/Something happens .* 0 lost +pass$/u);
  expect(lines.find((line) => line.startsWith('7a'))).toMatch(/ 3 lost +FAIL$/u);
  // What does not fit into a cell goes on below it.
  expect(lines.filter((line) => line.trim() === 'once more')).toHaveLength(2);
  expect(text.trimEnd().split('\n').at(-1)).toBe('1 passed, 1 failed');
});
