import type { Outcome, Scenario } from './scenario.ts';

export type Row = { readonly scenario: Pick<Scenario, 'number' | 'title' | 'expected'>; readonly outcome: Outcome };

const HEAD = ['no', 'scenario', 'expected', 'seen', ''] as const;
const WIDTHS = [4, 34, 44, 60, 4] as const;

/** The chaos table as text. Its last line counts. */
export function chaosTable(rows: readonly Row[]): string {
  const cells = rows.map(({ scenario, outcome }) => [
    scenario.number,
    scenario.title,
    scenario.expected,
    outcome.seen,
    outcome.passed ? 'pass' : 'FAIL',
  ]);
  const rule = WIDTHS.map((width) => '─'.repeat(width)).join('  ');
  const passed = rows.filter(({ outcome }) => outcome.passed).length;
  return [
    ...lines(HEAD),
    rule,
    ...cells.flatMap((row) => lines(row)),
    rule,
    `${passed} passed, ${rows.length - passed} failed`,
  ]
    .join('\n')
    .concat('\n');
}

/** One row, as many lines high as its fullest cell. */
function lines(row: readonly string[]): readonly string[] {
  const wrapped = row.map((cell, column) => wrap(cell, WIDTHS[column] ?? 0));
  const height = Math.max(...wrapped.map((cell) => cell.length));
  return Array.from({ length: height }, (_unused, line) =>
    wrapped
      .map((cell, column) => (cell[line] ?? '').padEnd(WIDTHS[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function wrap(text: string, width: number): readonly string[] {
  const found: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width || line === '') line = longer;
    else {
      found.push(line);
      line = word;
    }
  }
  return [...found, line];
}
