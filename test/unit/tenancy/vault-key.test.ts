import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemIds } from '../../../src/core/ids.ts';
import { openVaultKey } from '../../../src/tenancy/vault/vault-key.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const bytes = Buffer.from(systemIds.secret(32), 'base64url');
const open = (vaultKey: string) => openVaultKey({ vaultKey, dataDir: '/nowhere', ids: systemIds });

describe('vault key', () => {
  it.each([
    ['hex', bytes.toString('hex')],
    ['upper-case hex', bytes.toString('hex').toUpperCase()],
    ['base64', bytes.toString('base64')],
    ['base64 without padding', bytes.toString('base64').replace('=', '')],
    ['base64url', bytes.toString('base64url')],
    ['a text with a line end', `${bytes.toString('base64')}\n`],
  ])('reads 32 bytes of %s', async (_, text) => {
    expect((await open(text)).bytes).toEqual(bytes);
  });

  it.each([
    ['nothing', ''],
    ['a passphrase', 'correct horse battery staple'],
    ['16 bytes', bytes.subarray(16).toString('hex')],
    ['31 bytes', bytes.subarray(1).toString('base64')],
    ['33 bytes', Buffer.concat([bytes, Buffer.from([1])]).toString('base64')],
    ['hex with a stray character', `${bytes.toString('hex').slice(1)}g`],
    ['base64 with loose bits', `${'A'.repeat(42)}B=`],
    ['a blank inside', `${bytes.toString('hex').slice(0, 32)} ${bytes.toString('hex').slice(32)}`],
  ])('refuses %s, and does not repeat it', async (_, text) => {
    const refused = await open(text).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'config_invalid' });
    if (text !== '') expect(JSON.stringify(refused) + String(refused)).not.toContain(text);
  });

  it('has an id that follows from the key and does not show it', async () => {
    const key = await open(bytes.toString('hex'));
    expect(key.id).toBe((await open(bytes.toString('base64'))).id);
    expect(bytes.toString('hex')).not.toContain(key.id);
  });

  it('makes one key in the data folder, for all that start together, readable by the owner only', async () => {
    const dataDir = join(await temporaryFolder(), 'new');
    const keys = await Promise.all(Array.from({ length: 12 }, () => openVaultKey({ dataDir, ids: systemIds })));
    expect(new Set(keys.map((key) => key.bytes.toString('hex'))).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['vault.key']);
    expect((await stat(join(dataDir, 'vault.key'))).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  });

  it('takes away what others may do with the file', async () => {
    const dataDir = await temporaryFolder();
    await writeFile(join(dataDir, 'vault.key'), bytes.toString('base64'));
    await chmod(join(dataDir, 'vault.key'), 0o644);
    expect((await openVaultKey({ dataDir, ids: systemIds })).bytes).toEqual(bytes);
    expect((await stat(join(dataDir, 'vault.key'))).mode & 0o777).toBe(0o600);
  });

  it('refuses a damaged file rather than making a new key', async () => {
    const dataDir = await temporaryFolder();
    await writeFile(join(dataDir, 'vault.key'), '');
    await expect(openVaultKey({ dataDir, ids: systemIds })).rejects.toMatchObject({ code: 'config_invalid' });
  });
});
