import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.ts'),
);
const read = (path: string): string => readFileSync(new URL(`src/${path}`, root), 'utf8');

/** What the linter cannot say. */
const BANNED: [string, RegExp, RegExp][] = [
  ['the present, other than from the Clock', /new Date\(\s*\)|\bDate\(\s*\)/u, /^core\/clock\.ts$/u],
  [
    'randomness, other than from the IdSource',
    /\brandomBytes\b|\brandomUUID\b|getRandomValues/u,
    /^(core\/ids\.ts|tenancy\/vault\/)/u,
  ],
  ['a global timer from node:timers', /from 'node:timers/u, /^core\/(?:clock|turns)\.ts$/u],
  ['a global process', /from 'node:process'/u, /^(config|main)\.ts$|^commands\//u],
  ['an unchecked cast', /as unknown as/u, /^$/u],
  ['work left for later', /\b(?:TODO|FIXME|XXX)\b/u, /^$/u],
];

describe('house rules', () => {
  it.each(BANNED)('no source file has %s', (_what, pattern, allowed) => {
    const guilty = sources.filter((path) => !allowed.test(path) && pattern.test(read(path)));
    expect(guilty).toEqual([]);
  });

  it('names files in kebab case, and none after nothing in particular', () => {
    expect(sources.filter((path) => !/^[a-z0-9/-]+\.ts$/u.test(path))).toEqual([]);
    expect(sources.filter((path) => /(?:^|\/)(?:utils?|helpers?|common|manager|index)\.ts$/u.test(path))).toEqual([]);
  });
});
