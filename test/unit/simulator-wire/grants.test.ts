import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createGrants } from '../../../src/simulator/grants.ts';

const grantKey = randomBytes(32).toString('hex');
const headerOf = (token: string): unknown => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());

describe('grants', () => {
  it('gives a customer the same grant in every process with this key, and another one with another key', () => {
    const grant = createGrants(grantKey).grantFor('margin');
    expect(createGrants(grantKey).grantFor('margin')).toEqual(grant);
    expect(createGrants(`${grantKey}x`).grantFor('margin')).not.toEqual(grant);
    expect(createGrants(grantKey).grantFor('cash').clientSecret).not.toBe(grant.clientSecret);
  });

  it('writes the refresh token as the broker does: a JWT of type rt+jwt', () => {
    expect(headerOf(createGrants(grantKey).grantFor('margin').refreshToken)).toMatchObject({ typ: 'rt+jwt' });
  });

  it('accepts its own grants and says why it refuses others, in the broker’s words', () => {
    const grants = createGrants(grantKey);
    const grant = grants.grantFor('margin');
    const stranger = createGrants(randomBytes(32).toString('hex')).grantFor('margin');
    expect(grants.check(grant)).toEqual({ kind: 'granted', customerId: 'margin' });
    expect(grants.check({ ...grant, clientSecret: stranger.clientSecret })).toMatchObject({
      why: 'Client secret mismatch',
    });
    expect(grants.check({ ...grant, refreshToken: stranger.refreshToken })).toMatchObject({ why: 'Invalid JWT' });
    expect(grants.check({ ...grant, refreshToken: 'no.jwt' })).toMatchObject({ why: 'Invalid JWT' });
    expect(grants.check({ ...grant, clientSecret: grants.grantFor('cash').clientSecret })).toMatchObject({
      why: 'Client secret mismatch',
    });
  });

  it('refuses a revoked grant, and no other customer’s', () => {
    const grants = createGrants(grantKey);
    grants.revoke('margin');
    expect(grants.check(grants.grantFor('margin'))).toEqual({ kind: 'refused', why: 'Grant revoked' });
    expect(grants.check(grants.grantFor('cash'))).toMatchObject({ kind: 'granted' });
    grants.restoreAll();
    expect(grants.check(grants.grantFor('margin'))).toMatchObject({ kind: 'granted' });
  });

  it.each(['', 'Margin', '../margin', 'a b', '-a', 'x'.repeat(65)])('has no grant for the malformed id %j', (id) => {
    expect(() => createGrants(grantKey).grantFor(id)).toThrow(RangeError);
  });
});
