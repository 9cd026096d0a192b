import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { DEV_AUDIENCE, DEV_ISSUER, openDevIssuer } from '../../../src/auth/dev-issuer.ts';
import { assertLoopback } from '../../../src/auth/loopback.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const open = (dataDir: string) => openDevIssuer({ dataDir, clock: createManualClock(), ids: systemIds });

describe('development issuer', () => {
  it('signs access tokens that a stranger can verify with its published keys', async () => {
    const clock = createManualClock();
    const issuer = await openDevIssuer({ dataDir: await temporaryFolder(), clock, ids: systemIds });
    const token = issuer.issue({ subject: 'tenant-1', scopes: ['read', 'trade'] });
    const keys = createLocalJWKSet(issuer.jwks as unknown as JSONWebKeySet);
    const { payload } = await jwtVerify(token, keys, {
      issuer: DEV_ISSUER,
      audience: DEV_AUDIENCE,
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
      currentDate: new Date(clock.now()),
    });
    const iat = Math.floor(clock.now() / 1000);
    expect(payload).toMatchObject({ sub: 'tenant-1', scope: 'read trade', iat, exp: iat + 30 * 86_400 });
  });

  it('publishes no private member', async () => {
    const { jwks } = await open(await temporaryFolder());
    expect(Object.keys((jwks as { keys: object[] }).keys[0] ?? {}).toSorted()).toEqual([
      'alg',
      'crv',
      'kid',
      'kty',
      'use',
      'x',
    ]);
  });

  it('is one issuer for all processes of a data folder, and another in another folder', async () => {
    const dataDir = join(await temporaryFolder(), 'new');
    const all = await Promise.all(Array.from({ length: 10 }, () => open(dataDir)));
    expect(new Set(all.map(({ jwks }) => JSON.stringify(jwks))).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['dev-issuer.key']);
    expect((await stat(join(dataDir, 'dev-issuer.key'))).mode & 0o777).toBe(0o600);
    expect(await open(await temporaryFolder())).not.toMatchObject({ jwks: all[0]?.jwks });
  });

  it('refuses a damaged key file rather than signing with another key', async () => {
    const dataDir = await temporaryFolder();
    await writeFile(join(dataDir, 'dev-issuer.key'), 'short');
    await expect(open(dataDir)).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('may serve on %s', (host) => {
    expect(() => assertLoopback(host)).not.toThrow();
  });

  it.each([
    '0.0.0.0',
    '::',
    '',
    '10.0.0.1',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '::ffff:0.0.0.0',
    '128.0.0.1',
    '1270.0.0.1',
  ])('may not serve on %j', (host) => {
    expect(() => assertLoopback(host)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});
