import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemIds } from '../../../src/core/ids.ts';
import { seal, type SealedFor, unseal } from '../../../src/tenancy/vault/envelope.ts';
import type { VaultKey } from '../../../src/tenancy/vault/vault-key.ts';

const newKey = (id: string): VaultKey => ({ id, bytes: Buffer.from(systemIds.secret(32), 'base64url') });
const key = newKey('k1');
const place: SealedFor = { tenant: 't1', environment: 'live', field: 'refreshToken', version: 3 };
const SECRET = 'planted-secret-value';

describe('envelope', () => {
  it('opens what it sealed, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 2000 }), (text) => {
        expect(unseal(seal(text, place, { key, ids: systemIds }), place, key)).toBe(text);
      }),
    );
  });

  it.each<[string, Partial<SealedFor>]>([
    ['tenant', { tenant: 't2' }],
    ['environment', { environment: 'sandbox' }],
    ['field', { field: 'clientSecret' }],
    ['older version', { version: 2 }],
    ['newer version', { version: 4 }],
  ])('does not open for another %s', (_, change) => {
    expect(unseal(seal(SECRET, place, { key, ids: systemIds }), { ...place, ...change }, key)).toBeUndefined();
  });

  it('does not open with another key, nor with the same key under another id', () => {
    const sealed = seal(SECRET, place, { key, ids: systemIds });
    expect(unseal(sealed, place, newKey('k1'))).toBeUndefined();
    expect(unseal(sealed, place, { ...key, id: 'k2' })).toBeUndefined();
    expect(unseal(sealed, place, key)).toBe(SECRET);
  });

  it('refuses every single flipped bit', () => {
    const sealed = seal(SECRET, place, { key, ids: systemIds });
    const [, ...parts] = sealed.split('.');
    let tried = 0;
    parts.forEach((part, index) => {
      const bytes = Buffer.from(part, 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const forged = ['v1', ...parts.with(index, changed.toString('base64url'))].join('.');
        expect(unseal(forged, place, key)).toBeUndefined();
        tried += 1;
      }
    });
    expect(tried).toBe((32 + 28 + SECRET.length + 28) * 8);
  });

  it('refuses swapped, cut, stretched and re-encoded parts', () => {
    const [version, wrapped = '', body = ''] = seal(SECRET, place, { key, ids: systemIds }).split('.');
    const [, otherWrapped = '', otherBody = ''] = seal(SECRET, place, { key, ids: systemIds }).split('.');
    const forged = [
      [version, wrapped, otherBody],
      [version, otherWrapped, body],
      [version, body, wrapped],
      ['v2', wrapped, body],
      [version, wrapped],
      [version, wrapped, ''],
      [version, wrapped, body, body],
      [version, wrapped.slice(0, -2), body],
      [version, wrapped, body.slice(0, 20)],
      [version, wrapped, `${body}AA`],
      [version, wrapped, `${body}=`],
      [version, `${wrapped}\n`, body],
      [' v1', wrapped, body],
    ];
    for (const parts of forged) expect(unseal(parts.join('.'), place, key)).toBeUndefined();
  });

  it('never seals the same text to the same bytes', () => {
    const all = new Set(Array.from({ length: 500 }, () => seal(SECRET, place, { key, ids: systemIds })));
    expect(all.size).toBe(500);
    const ivs = [...all].flatMap((sealed) =>
      sealed
        .split('.')
        .slice(1)
        .map((part) => part.slice(0, 16)),
    );
    expect(new Set(ivs).size).toBe(1000);
  });
});
