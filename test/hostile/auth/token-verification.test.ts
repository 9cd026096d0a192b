import { generateKeyPairSync } from 'node:crypto';
import Fastify from 'fastify';
import { exportJWK } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRemoteKeys } from '../../../src/auth/remote-keys.ts';
import { silentLog } from '../../../src/core/log.ts';
import { registerAuth, type VerifyCaller } from '../../../src/transports/http/auth.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { startTokenIssuer, type TokenIssuer } from '../../support/token-issuer.ts';
import { compact, encode, type SigningKey, signingKey } from '../../support/token-keys.ts';
import { badTokens, goodClaims, goodHeader, type TokenLab } from './bad-tokens.ts';

type Bench = {
  readonly lab: TokenLab;
  readonly idp: TokenIssuer;
  readonly clock: ManualClock;
  readonly verify: VerifyCaller;
};

async function setUp(): Promise<Bench> {
  const clock = createManualClock();
  const idp = await startTokenIssuer();
  const [RS256, PS256, ES256, EdDSA] = await Promise.all([
    signingKey('RS256', 'rs'),
    signingKey('PS256', 'ps'),
    signingKey('ES256', 'es'),
    signingKey('EdDSA', 'ed'),
  ]);
  const keys = { RS256, PS256, ES256, EdDSA };
  const weak = await exportJWK(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey);
  idp.keys = [...Object.values(keys).map((key) => key.publicJwk), { ...weak, kid: 'weak', alg: 'RS256' }];
  const lab: TokenLab = {
    keys,
    stranger: await signingKey('EdDSA', 'stranger'),
    issuer: idp.url,
    audience: 'https://gateway.example/mcp',
    nowSeconds: Math.floor(clock.now() / 1000),
  };
  const app = Fastify();
  onTestFinished(() => app.close());
  const remote = createRemoteKeys({ issuer: idp.url, fetch, clock, log: silentLog });
  const verify = await registerAuth(app, { issuer: lab.issuer, audience: lab.audience, keys: remote, clock });
  return { lab, idp, clock, verify };
}

const good = (lab: TokenLab, key: SigningKey = lab.keys.EdDSA, claims: object = {}, header: object = {}): string =>
  compact(key, { ...goodHeader(key), ...header }, { ...goodClaims(lab), ...claims });

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    const { code = String(error), details } = error as { code?: string; details?: { reason?: string } };
    return `${code} ${details?.reason}`;
  }
}

describe('token verification', () => {
  it('accepts good tokens of all four algorithms, with exactly what they say', async () => {
    const { lab, verify } = await setUp();
    for (const key of Object.values(lab.keys)) {
      expect(await verify(`Bearer ${good(lab, key)}`)).toEqual({
        issuer: lab.issuer,
        subject: 'alice',
        clientId: 'client',
        scopes: new Set(['read', 'trade']),
        expiresAt: (lab.nowSeconds + 300) * 1000,
      });
    }
  });

  it('accepts what honest issuers write differently', async () => {
    const { lab, verify } = await setUp();
    const key = lab.keys.EdDSA;
    const honest: [string, object, object][] = [
      ['typ JWT', {}, { typ: 'JWT' }],
      ['a full media type', {}, { typ: 'application/at+jwt' }],
      ['another case', {}, { typ: 'AT+JWT' }],
      ['a thumbprint', {}, { x5t: 'abc' }],
      ['a list of one audience', { aud: [lab.audience] }, {}],
      ['several audiences', { aud: [`${lab.issuer}/userinfo`, lab.audience] }, {}],
      ['nbf', { nbf: lab.nowSeconds }, {}],
      ['a clock five seconds ahead', { iat: lab.nowSeconds + 5, nbf: lab.nowSeconds + 5 }, {}],
      ['a clock five seconds behind', { exp: lab.nowSeconds - 4 }, {}],
      ['thirty-one days', { iat: lab.nowSeconds, exp: lab.nowSeconds + 31 * 86_400 }, {}],
      ['unknown claims', { email: 'a@b.example', roles: [{ a: 1 }, { a: 2 }], 'https://x.example/y': null }, {}],
      ['a bearer type', { typ: 'Bearer', token_use: 'access', azp: 'client' }, {}],
      ['another alphabet', { sub: 'Ιωάννης|名前' }, {}],
    ];
    for (const [what, claims, header] of honest) {
      expect([what, await outcome(verify(`Bearer ${good(lab, key, claims, header)}`))]).toEqual([what, 'accepted']);
    }
  });

  it('accepts none of the bad ones, and tells each as unauthenticated', async () => {
    const { lab, verify } = await setUp();
    const bad = badTokens(lab);
    expect(bad.length).toBeGreaterThan(250);
    expect(new Set(bad.map(([, token]) => token)).size).toBeGreaterThan(250);
    const outcomes = await Promise.all(
      bad.map(async ([what, token]) => [what, await outcome(verify(`Bearer ${token}`))]),
    );
    expect(outcomes.filter(([, result]) => !result?.startsWith('unauthenticated '))).toEqual([]);
    expect(await outcome(verify(`Bearer ${good(lab)}`))).toBe('accepted');
  });

  it('accepts none of a thousand random one-character changes', async () => {
    const { lab, verify } = await setUp();
    for (const key of Object.values(lab.keys)) {
      const token = good(lab, key);
      for (let at = 0; at < token.length; at += 2) {
        const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
        expect(await outcome(verify(`Bearer ${changed}`))).toMatch(/^unauthenticated /u);
      }
    }
  });

  it.each<[string, string]>([
    ['unauthenticated missing', ''],
    ['unauthenticated malformed', 'Bearer'],
    ['unauthenticated malformed', 'Bearer '],
    ['unauthenticated malformed', 'Basic TOKEN'],
    ['unauthenticated malformed', 'TOKEN'],
    ['unauthenticated malformed', 'BearerTOKEN'],
    ['unauthenticated malformed', 'Bearer\tTOKEN'],
    ['unauthenticated malformed', 'Bearer TOKEN TOKEN'],
    ['unauthenticated malformed', 'Bearer TOKEN '],
    ['unauthenticated malformed', ' Bearer TOKEN'],
    ['unauthenticated malformed', 'Bearer TOKEN, Bearer TOKEN'],
    ['unauthenticated malformed', 'DPoP TOKEN'],
    ['accepted', 'Bearer TOKEN'],
    ['accepted', 'bearer TOKEN'],
    ['accepted', 'BEARER  TOKEN'],
  ])('says %s of the header %j', async (expected, header) => {
    const { lab, verify } = await setUp();
    expect(await outcome(verify(header.replaceAll('TOKEN', good(lab))))).toBe(expected);
  });

  it('says why, in words that repeat nothing of the token', async () => {
    const { lab, verify } = await setUp();
    const { nowSeconds: now } = lab;
    const reasons: [string, string][] = [
      ['expired', good(lab, undefined, { exp: now - 5 })],
      ['not_yet_valid', good(lab, undefined, { nbf: now + 6 })],
      ['issuer', good(lab, undefined, { iss: 'https://canary.example' })],
      ['audience', good(lab, undefined, { aud: 'https://canary.example' })],
      ['subject', good(lab, undefined, { sub: '' })],
      ['scope', good(lab, undefined, { scope: 'canary ' })],
      ['binding', good(lab, undefined, { cnf: { jkt: 'canary' } })],
      ['type', good(lab, undefined, {}, { typ: 'canary' })],
      ['algorithm', good(lab, undefined, {}, { alg: 'canary' })],
      ['header', good(lab, undefined, {}, { jku: 'https://canary.example' })],
      ['unknown_key', good(lab, lab.stranger)],
      ['signature', good(lab, lab.stranger, {}, { kid: lab.keys.EdDSA.kid })],
      ['lifetime', good(lab, undefined, { exp: '1' })],
      ['client', good(lab, undefined, { client_id: '' })],
      ['malformed', `${good(lab)}.canary`],
    ];
    for (const [reason, token] of reasons) {
      const error = await verify(`Bearer ${token}`).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'unauthenticated', details: { reason } });
      const told = `${(error as Error).stack} ${JSON.stringify(error)}`;
      expect(told).not.toContain('canary');
      for (const part of token.split('.').filter((text) => text.length > 12)) expect(told).not.toContain(part);
      expect((error as Error).message).toMatch(/^[ !#-[\]-~]+$/u);
    }
  });

  it('takes scopes from wherever issuers put them, and ignores unknown ones', async () => {
    const { lab, verify } = await setUp();
    const scopesOf = async (claims: object): Promise<string[]> => {
      const caller = await verify(`Bearer ${good(lab, undefined, { scope: undefined, ...claims })}`);
      return [...caller.scopes].toSorted();
    };
    expect(await scopesOf({})).toEqual([]);
    expect(await scopesOf({ scope: '' })).toEqual([]);
    expect(await scopesOf({ scope: 'openid email' })).toEqual([]);
    expect(await scopesOf({ scope: 'openid trade read admin' })).toEqual(['admin', 'read', 'trade']);
    expect(await scopesOf({ scope: 'READ Trade reads xread read:all' })).toEqual([]);
    expect(await scopesOf({ scope: ['trade'] })).toEqual(['trade']);
    expect(await scopesOf({ scp: ['read', 'offline_access'] })).toEqual(['read']);
    expect(await scopesOf({ scp: 'read trade' })).toEqual(['read', 'trade']);
    expect(await scopesOf({ scp: ['trade', 'read'], scope: 'read trade' })).toEqual(['read', 'trade']);
    expect(
      await scopesOf({ roles: ['admin'], permissions: ['admin'], scopes: 'admin', realm_access: { roles: ['admin'] } }),
    ).toEqual([]);
  });

  it('fetches nothing for tokens that are refused anyway, and once in a cooldown for unknown keys', async () => {
    const { lab, idp, verify } = await setUp();
    for (const claims of [{ iss: 'https://evil.example' }, { aud: 'x' }, { exp: 1 }, { sub: '' }]) {
      await outcome(verify(`Bearer ${good(lab, undefined, claims)}`));
    }
    expect(idp.jwksFetches()).toBe(0);
    for (let index = 0; index < 500; index += 1) {
      const token = good(lab, lab.stranger, {}, { kid: `unknown-${index}` });
      expect(await outcome(verify(`Bearer ${token}`))).toBe('unauthenticated unknown_key');
    }
    expect(idp.jwksFetches()).toBe(1);
    expect(await outcome(verify(`Bearer ${good(lab)}`))).toBe('accepted');
    expect(idp.jwksFetches()).toBe(1);
  });

  it('ends a token on time, also one that was verified before, wherever the wall clock goes', async () => {
    const { lab, clock, verify } = await setUp();
    const token = good(lab, undefined, { exp: lab.nowSeconds + 30 });
    expect(await outcome(verify(`Bearer ${token}`))).toBe('accepted');
    await clock.advance(34_999);
    expect(await outcome(verify(`Bearer ${token}`))).toBe('accepted');
    await clock.advance(1);
    expect(await outcome(verify(`Bearer ${token}`))).toBe('unauthenticated expired');
    const other = good(lab, undefined, { exp: lab.nowSeconds + 300 });
    expect(await outcome(verify(`Bearer ${other}`))).toBe('accepted');
    clock.set(clock.now() + 1_200_000);
    expect(await outcome(verify(`Bearer ${other}`))).toBe('unauthenticated expired');
  });

  it('does not take one token for another that it verified before', async () => {
    const { lab, verify } = await setUp();
    const alice = good(lab);
    expect((await verify(`Bearer ${alice}`)).subject).toBe('alice');
    expect((await verify(`Bearer ${good(lab, undefined, { sub: 'bob' })}`)).subject).toBe('bob');
    const [header, , signature] = alice.split('.');
    const forged = `${header}.${encode({ ...goodClaims(lab), sub: 'mallory' })}.${signature}`;
    expect(await outcome(verify(`Bearer ${forged}`))).toBe('unauthenticated signature');
    expect((await verify(`Bearer ${alice}`)).subject).toBe('alice');
  });

  it('stops believing a withdrawn key within a quarter of an hour and a minute', async () => {
    const { lab, idp, clock, verify } = await setUp();
    const token = good(lab, undefined, { exp: lab.nowSeconds + 7200 });
    expect(await outcome(verify(`Bearer ${token}`))).toBe('accepted');
    idp.keys = [lab.keys.ES256.publicJwk];
    await clock.advance(960_000);
    expect(await outcome(verify(`Bearer ${token}`))).toBe('unauthenticated unknown_key');
  });
});
