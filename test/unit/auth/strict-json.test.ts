import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictObject } from '../../../src/auth/strict-json.ts';

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const names = fc.string({ unit: 'grapheme' }).filter((name) => !FORBIDDEN.has(name));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.constant(null),
    fc.array(tie('tree')),
    fc.dictionary(names, tie('tree')),
  ),
}));

describe('parseStrictObject', () => {
  it('reads every honest object as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.dictionary(names, tree), fc.constantFrom(undefined, 2), (object, indent) => {
        const text = JSON.stringify(object, undefined, indent);
        expect(parseStrictObject(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('finds a member that comes twice, at any depth', () => {
    fc.assert(
      fc.property(fc.dictionary(names, tree), names, tree, fc.nat(4), (object, name, value, depth) => {
        const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
        const inner = JSON.stringify({ ...object, [name]: value }).replace('{', () => `{${member},`);
        const text = '{"a":['.repeat(depth) + inner + ']}'.repeat(depth);
        expect(() => JSON.parse(text) as unknown).not.toThrow();
        expect(parseStrictObject(text)).toBeUndefined();
      }),
    );
  });

  it.each([
    'null',
    '1',
    '"a"',
    '[]',
    '',
    '{',
    '{"a":1}x',
    '{"__proto__":1}',
    '{"a":{"constructor":1}}',
    '{"\\u005f_proto__":1}',
  ])('refuses %s', (text) => {
    expect(parseStrictObject(text)).toBeUndefined();
  });

  it('is not confused by brackets, colons and quotes inside texts', () => {
    const object = { 'a{"': '}:"', b: ['{"a":1,"a":1}', { 'a{"': '\\"' }], 'c:': { 'c:': ':' } };
    expect(parseStrictObject(JSON.stringify(object))).toEqual(object);
  });
});
