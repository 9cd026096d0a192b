import { describe, expect, it } from 'vitest';
import { createRemoteKeys } from '../../../src/auth/remote-keys.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { startTokenIssuer } from '../../support/token-issuer.ts';
import { type SigningKey, signingKey } from '../../support/token-keys.ts';

const one = await signingKey('EdDSA', 'one');
const two = await signingKey('EdDSA', 'two');

async function setUp(options: { discover?: boolean } = {}) {
  const clock = createManualClock();
  const idp = await startTokenIssuer();
  idp.keys = [one.publicJwk];
  const jwksUrl = options.discover === true ? {} : { jwksUrl: idp.jwksUrl };
  const keys = createRemoteKeys({ issuer: idp.url, ...jwksUrl, fetch, clock, log: silentLog });
  const find = ({ alg, kid }: Pick<SigningKey, 'alg' | 'kid'>): Promise<string | undefined> => keys.find({ alg, kid });
  return { clock, idp, find };
}

const unknown = (kid: string) => ({ alg: 'EdDSA', kid }) as const;
const reasonOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error: { details?: { reason?: string } }) => error.details?.reason,
  );
/** Waits for what goes on behind the back of whoever asked. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(isSo, { timeout: 5000, interval: 5 }).toBe(true);
}

describe('remote keys', () => {
  it('fetches once for a thousand questions at once', async () => {
    const { find, idp } = await setUp();
    const found = await Promise.all(Array.from({ length: 1000 }, () => find(one)));
    expect(new Set(found).size).toBe(1);
    expect(found[0]).toContain('BEGIN PUBLIC KEY');
    expect(idp.jwksFetches()).toBe(1);
  });

  it('fetches at most once in a cooldown, however many unknown keys are named, and serves good ones meanwhile', async () => {
    const { find, idp, clock } = await setUp();
    await find(one);
    for (let index = 0; index < 500; index += 1) expect(await find(unknown(`stranger-${index}`))).toBeUndefined();
    expect(idp.jwksFetches()).toBe(1);
    await clock.advance(10_000);
    const flood = Array.from({ length: 500 }, (_, index) => find(unknown(`stranger-${index}`)));
    expect(await find(one)).toContain('PUBLIC KEY');
    await Promise.all(flood);
    expect(idp.jwksFetches()).toBe(2);
  });

  it('takes a rotated key within the cooldown, though strangers used it up', async () => {
    const { find, idp, clock } = await setUp();
    await find(one);
    idp.keys = [one.publicJwk, two.publicJwk];
    await clock.advance(10_000);
    await find(unknown('stranger'));
    expect(await find(two)).toContain('PUBLIC KEY');
    expect(idp.jwksFetches()).toBe(2);
  });

  it('drops a withdrawn key, behind the back of whoever asks', async () => {
    const { find, idp, clock } = await setUp();
    await find(one);
    idp.keys = [two.publicJwk];
    await clock.advance(300_000);
    expect(await find(one)).toContain('PUBLIC KEY');
    await until(async () => (await find(one)) === undefined);
    expect(await find(two)).toContain('PUBLIC KEY');
  });

  it('does not use a withdrawn key after a quiet night', async () => {
    const { find, idp, clock } = await setUp();
    await find(one);
    idp.keys = [two.publicJwk];
    await clock.advance(8 * 3_600_000);
    expect(await find(one)).toBeUndefined();
  });

  it('serves known keys while the issuer is down, and refuses unknown ones', async () => {
    const { find, idp, clock } = await setUp();
    await find(one);
    idp.answer = (response) => response.writeHead(503).end();
    for (let minute = 0; minute < 60; minute += 1) {
      await clock.advance(60_000);
      expect(await find(one)).toContain('PUBLIC KEY');
      expect(await find(unknown('other'))).toBeUndefined();
    }
    await clock.advance(86_400_000);
    expect(await reasonOf(find(one))).toBe('keys_unavailable');
  });

  it('fails closed until the first answer, then works within a second', async () => {
    const { find, idp, clock } = await setUp();
    idp.answer = (response) => response.destroy();
    expect(await reasonOf(find(one))).toBe('keys_unavailable');
    idp.answer = undefined;
    expect(await reasonOf(find(one))).toBe('keys_unavailable');
    expect(idp.jwksFetches()).toBe(1);
    await clock.advance(1000);
    expect(await find(one)).toContain('PUBLIC KEY');
  });

  it('does not wait for ever', async () => {
    const { find, idp, clock } = await setUp();
    idp.answer = () => {};
    const waiting = reasonOf(find(one));
    await until(() => idp.jwksFetches() === 1);
    await clock.advance(3000);
    expect(await waiting).toBe('keys_unavailable');
  });

  it.each<[string, (send: (status: number, body: string, headers?: Record<string, string>) => void) => void]>([
    ['a redirect', (send) => send(302, '', { location: '/.well-known/openid-configuration' })],
    ['a page', (send) => send(200, '<html>')],
    ['a list', (send) => send(200, '[]')],
    ['an object without keys', (send) => send(200, '{}')],
    ['keys that are no list', (send) => send(200, '{"keys":{}}')],
    ['a member twice', (send) => send(200, '{"keys":[],"keys":[]}')],
    ['too much', (send) => send(200, `{"keys":[],"x":"${'x'.repeat(300_000)}"}`)],
    ['too many keys', (send) => send(200, JSON.stringify({ keys: Array.from({ length: 101 }, () => ({})) }))],
    ['an error status with keys', (send) => send(500, JSON.stringify({ keys: [one.publicJwk] }))],
  ])('does not take %s for keys', async (_, answer) => {
    const { find, idp } = await setUp();
    // Where a redirect would find some.
    idp.metadata = { keys: idp.keys };
    idp.answer = (response) => answer((status, body, headers) => response.writeHead(status, headers).end(body));
    expect(await reasonOf(find(one))).toBe('keys_unavailable');
  });

  it('believes an issuer that says it has no keys any more', async () => {
    const { find, idp, clock } = await setUp();
    await find(one);
    idp.keys = [];
    await clock.advance(900_000);
    expect(await find(one)).toBeUndefined();
  });
});

describe('discovery', () => {
  it('asks the issuer where its keys are, once', async () => {
    const { find, idp, clock } = await setUp({ discover: true });
    expect(await find(one)).toContain('PUBLIC KEY');
    await clock.advance(10_000);
    await find(unknown('x'));
    expect(idp.metadataFetches()).toBe(1);
    expect(idp.jwksFetches()).toBe(2);
  });

  it('asks the OAuth way when OpenID Connect does not answer', async () => {
    const { find, idp } = await setUp({ discover: true });
    idp.metadataPath = '/.well-known/oauth-authorization-server';
    expect(await find(one)).toContain('PUBLIC KEY');
  });

  it.each<[string, Record<string, unknown>]>([
    ['of another issuer', { issuer: 'https://other.example' }],
    ['of the issuer with a slash more', { issuer: undefined }],
    ['without jwks_uri', { jwks_uri: undefined }],
    ['with a list', { jwks_uri: ['https://a.example'] }],
    ['with a file', { jwks_uri: 'file:///etc/hosts' }],
    ['with a data URL', { jwks_uri: 'data:application/json,{"keys":[]}' }],
    ['with no URL', { jwks_uri: '/keys' }],
  ])('does not believe metadata %s', async (_, metadata) => {
    const { find, idp } = await setUp({ discover: true });
    idp.metadata = metadata;
    expect(await reasonOf(find(one))).toBe('keys_unavailable');
    expect(idp.jwksFetches()).toBe(0);
  });

  it('does not start with an issuer that cannot be asked', () => {
    const deps = { issuer: 'urn:x', fetch, clock: createManualClock(), log: silentLog };
    expect(() => createRemoteKeys(deps)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    expect(() => createRemoteKeys({ ...deps, jwksUrl: 'https://a.example/keys' })).not.toThrow();
  });
});
