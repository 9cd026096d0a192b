import { quoted } from '../../core/quoted.ts';

const MAX_ROWS = 40;
const MAX_CELL = 72;
const MAX_SAID = 60;

export type Cell = string | number | boolean | undefined;

/**
 * A table for the eye: aligned columns, columns without any value left out, at most `MAX_ROWS` rows and then how many more.
 * Cells are bounded and hold no line breaks.
 */
export function textTable<Row>(rows: readonly Row[], columns: Readonly<Record<string, (row: Row) => Cell>>): string {
  const shown = rows.slice(0, MAX_ROWS);
  const filled = Object.entries(columns)
    .map(([head, read]) => ({ head, cells: shown.map((row) => toText(read(row))) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const widths = filled.map(({ head, cells }) => Math.max(head.length, ...cells.map((cell) => cell.length)));
  const line = (cellOf: (column: (typeof filled)[number]) => string): string =>
    filled
      .map((column, at) => pad(cellOf(column), widths[at] ?? 0, isNumeric(column.cells)))
      .join('  ')
      .trimEnd();
  const lines = [line(({ head }) => head), ...shown.map((_, at) => line(({ cells }) => cells[at] ?? ''))];
  const more = rows.length - shown.length;
  return [...lines, ...(more > 0 ? [`… ${more} more`] : [])].join('\n');
}

/** Somebody else's words in a cell: short enough to keep both of their quotation marks. */
export const said = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : JSON.stringify(quoted(text, MAX_SAID));

const toText = (cell: Cell): string => (cell === undefined ? '' : quoted(String(cell), MAX_CELL));
const isNumeric = (cells: readonly string[]): boolean => cells.every((cell) => /^(?:-?[\d.,]+%?)?$/u.test(cell));
const pad = (text: string, width: number, right: boolean): string =>
  right ? text.padStart(width) : text.padEnd(width);

/** `1.2 s`, `45 s`, `3 min`, `5 h`, `2 days`: how old something is, for the eye. */
export function ageText(ageMs: number | undefined): string | undefined {
  if (ageMs === undefined) return undefined;
  if (ageMs < 10_000) return `${(ageMs / 1000).toFixed(1)} s`;
  if (ageMs < 120_000) return `${Math.round(ageMs / 1000)} s`;
  if (ageMs < 7_200_000) return `${Math.round(ageMs / 60_000)} min`;
  return ageMs < 172_800_000 ? `${Math.round(ageMs / 3_600_000)} h` : `${Math.round(ageMs / 86_400_000)} days`;
}

/** The first line of an answer: what it is, whose, and where it came from. */
export function heading(title: string, from: { readonly environment: string; readonly account?: string }): string {
  return [title, ...(from.account === undefined ? [] : [`account ${from.account}`]), `[${from.environment}]`].join(
    ' · ',
  );
}
