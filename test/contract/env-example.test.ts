import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

function explained(): Map<string, string> {
  const lines = read('.env.example').split('\n');
  const pairs = lines.flatMap((line) => /^([A-Z][A-Z0-9_]*)=(.*)$/u.exec(line) ?? []);
  const variables = new Map<string, string>();
  for (let at = 0; at < pairs.length; at += 3) variables.set(String(pairs[at + 1]), String(pairs[at + 2]));
  return variables;
}

function known(): string[] {
  const schema = /const environment = z\.object\(\{(.*?)\n\}\);/su.exec(read('src/config.ts'))?.[1] ?? '';
  return [...schema.matchAll(/^ {2}([A-Z][A-Z0-9_]*):/gmu)].map((match) => String(match[1]));
}

describe('.env.example', () => {
  it('explains every variable that is read, and no other', () => {
    expect(known().length).toBeGreaterThan(20);
    expect([...explained().keys()].sort()).toEqual(known().sort());
  });

  it('shows the true defaults', () => {
    expect(readConfig(Object.fromEntries(explained()))).toEqual(readConfig({}));
  });
});
