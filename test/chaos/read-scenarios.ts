import { readdir } from 'node:fs/promises';
import type { Scenario } from './scenario.ts';

const FOLDER = new URL('scenarios/', import.meta.url);

/** All scenarios that there are, in the order of their numbers. Throws when two have one number, or a file exports none. */
export async function readScenarios(): Promise<readonly Scenario[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.ts'));
  const found = await Promise.all(files.map(readScenario));
  const numbers = new Set(found.map(({ number }) => number));
  if (numbers.size !== found.length) throw new Error('Two scenarios have the same number');
  return found.toSorted((a, b) => a.number.localeCompare(b.number, 'en', { numeric: true }));
}

async function readScenario(file: string): Promise<Scenario> {
  const exported: unknown = await import(new URL(file, FOLDER).href);
  const found = Object.values(exported as object).find(isScenario);
  if (found === undefined) throw new Error(`${file} exports no scenario`);
  return found;
}

const isScenario = (value: unknown): value is Scenario =>
  typeof value === 'object' && value !== null && 'number' in value && 'expected' in value && 'run' in value;

/** `only` names rows (`7a`) or all rows of a number (`7`). Throws a RangeError for a name that there is no row for. */
export function chooseScenarios(all: readonly Scenario[], only: readonly string[]): readonly Scenario[] {
  const isNamed = ({ number }: Scenario, name: string): boolean =>
    number === name || number.replace(/[a-z]$/u, '') === name;
  const unknown = only.filter((name) => !all.some((scenario) => isNamed(scenario, name)));
  if (unknown.length > 0) throw new RangeError(`There is no scenario ${unknown.join(', ')}`);
  return only.length === 0 ? all : all.filter((scenario) => only.some((name) => isNamed(scenario, name)));
}
