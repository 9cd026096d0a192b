import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { DEV_AUDIENCE, DEV_ISSUER, openDevIssuer } from '../../../src/auth/dev-issuer.ts';
import { addTenantCommand } from '../../../src/commands/tenant.ts';
import { addTokenCommand } from '../../../src/commands/token.ts';
import type { CommandDeps } from '../../../src/commands/command-deps.ts';
import { readConfig } from '../../../src/config.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { openTestTenants } from '../../support/tenants.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

type Ran = { readonly out: string; readonly err: string; readonly error: unknown };

const SECRET = 'canary-client-secret';
const TOKEN = 'canary-refresh-token';

async function setUp(variables: Record<string, string> = {}) {
  const dataDir = await temporaryFolder();
  const basics: CommandDeps['basics'] = () => ({
    config: readConfig({ DATA_DIR: dataDir, ...variables }),
    clock: systemClock,
    ids: systemIds,
    log: silentLog,
  });
  /** Runs a command as a person would; `typed` is what they type at a terminal. */
  const run = async (line: readonly string[], typed?: string): Promise<Ran> => {
    const stdin = Object.assign(new PassThrough(), { isTTY: typed !== undefined });
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const program = new Command('gateway')
      .exitOverride()
      .configureOutput({ writeErr: (text) => void stderr.write(text) });
    const deps = { io: { stdin, stdout, stderr }, basics };
    addTokenCommand(program, deps);
    addTenantCommand(program, deps);
    const inherit = (command: Command): void => {
      for (const child of command.commands) inherit(child.copyInheritedSettings(command));
    };
    inherit(program);
    if (typed !== undefined) stdin.write(typed);
    const error = await program.parseAsync([...line], { from: 'user' }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return { out: String(stdout.read() ?? ''), err: String(stderr.read() ?? ''), error };
  };
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(dataDir, name);
    await writeFile(path, text);
    return path;
  };
  const files = async () => [
    '--client-secret-file',
    await file('secret', `${SECRET}\n`),
    '--refresh-token-file',
    await file('token', TOKEN),
  ];
  return { dataDir, run, file, files };
}

describe('token', () => {
  it('prints a token and nothing else', async () => {
    const { run, dataDir } = await setUp();
    await run(['tenant', 'add', 'demo', '--environment', 'paper']);
    const { out, err, error } = await run(['token', '--tenant', 'demo', '--scope', 'read trade']);
    expect({ err, error }).toEqual({ err: '', error: undefined });
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/u);
    const claims = JSON.parse(Buffer.from(out.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
    const { registry } = await openTestTenants({ dataDir });
    const { tenant } = await registry.show('demo');
    expect(claims).toMatchObject({ iss: DEV_ISSUER, aud: DEV_AUDIENCE, sub: tenant.id, scope: 'read trade' });
    expect((await registry.find({ issuer: DEV_ISSUER, subject: tenant.id }))?.tenant).toEqual(tenant);
    const { keys } = await openDevIssuer({ dataDir, clock: systemClock, ids: systemIds });
    const { kid } = JSON.parse(Buffer.from(out.split('.')[0] ?? '', 'base64url').toString()) as { kid: string };
    expect(await keys.find({ alg: 'EdDSA', kid })).toContain('PUBLIC KEY');
  });

  it.each<[string, string[], string]>([
    ['an unknown tenant', ['--tenant', 'nobody'], 'not_found'],
    ['an unknown scope', ['--tenant', 'demo', '--scope', 'read write'], 'invalid_input'],
    ['no scope', ['--tenant', 'demo', '--scope', ' '], 'invalid_input'],
    ['no tenant', [], 'commander.missingMandatoryOptionValue'],
  ])('prints nothing for %s', async (_, options, code) => {
    const { run } = await setUp();
    await run(['tenant', 'add', 'demo', '--environment', 'paper']);
    const { out, error } = await run(['token', ...options]);
    expect(out).toBe('');
    expect(error).toMatchObject({ code });
  });

  it('prints nothing for a disabled tenant, nor where an identity provider is configured', async () => {
    const { run } = await setUp();
    await run(['tenant', 'add', 'demo', '--environment', 'paper']);
    await run(['tenant', 'disable', 'demo']);
    expect(await run(['token', '--tenant', 'demo'])).toMatchObject({ out: '', error: { code: 'forbidden' } });
    const hosted = await setUp({ JWT_ISSUER: 'https://id.example', PUBLIC_URL: 'https://gateway.example' });
    expect(await hosted.run(['token', '--tenant', 'demo'])).toMatchObject({ out: '', error: { code: 'forbidden' } });
  });
});

describe('tenant', () => {
  it('adds with secrets from files, and shows everything but them', async () => {
    const { run, files, dataDir } = await setUp();
    const added = await run([
      'tenant',
      'add',
      'desk',
      '--environment',
      'live',
      '--account',
      '5WT00001',
      ...(await files()),
    ]);
    expect(added).toEqual({ out: 'Added desk: live, account 5WT00001.\n', err: '', error: undefined });
    const bound = await run(['tenant', 'bind', 'desk', '--issuer', 'https://id.example/', '--subject', 'alice']);
    expect(bound.out).toBe('Tokens of alice from https://id.example/ now act for desk.\n');
    const { out: sheet } = await run(['tenant', 'show', 'desk']);
    expect(sheet).toMatch(/^name {9}desk$/mu);
    expect(sheet).toMatch(/^credentials {2}version 1$/mu);
    expect(sheet).toMatch(/^caller {7}alice of https:\/\/id\.example\/$/mu);
    const { out: list } = await run(['tenant', 'list']);
    expect(list.split('\n')[0]).toBe('NAME  ENVIRONMENT  STATUS   ACCOUNT   CREDENTIALS  CALLERS  SINCE');
    expect(list.split('\n')[1]).toMatch(/^desk {2}live {9}enabled {2}5WT00001 {2}version 1 {4}1 {8}\d{4}-\d\d-\d\d$/u);
    for (const text of [added.out, sheet, list]) expect(text).not.toContain('canary');
    const { registry, vault } = await openTestTenants({ dataDir });
    expect(await vault.openCredentials((await registry.show('desk')).tenant)).toEqual({
      clientSecret: SECRET,
      refreshToken: TOKEN,
    });
  });

  it('asks for secrets at a terminal, without showing them', async () => {
    const { run, dataDir } = await setUp();
    const { out, err, error } = await run(
      ['tenant', 'add', 'desk', '--environment', 'sandbox'],
      `${SECRET}\n${TOKEN}\n`,
    );
    expect(error).toBeUndefined();
    expect(err).toBe('Client secret (not shown): \nRefresh token (not shown): \n');
    expect(out).toBe('Added desk: sandbox, all accounts of its login.\n');
    const { registry, vault } = await openTestTenants({ dataDir });
    expect(await vault.openCredentials((await registry.show('desk')).tenant)).toEqual({
      clientSecret: SECRET,
      refreshToken: TOKEN,
    });
  });

  it.each(['\u0003', '\u0004', `${SECRET}\n\u0003`])('changes nothing when the person gives up (%j)', async (typed) => {
    const { run } = await setUp();
    const { error } = await run(['tenant', 'add', 'desk', '--environment', 'live'], typed);
    expect(error).toMatchObject({ code: 'cancelled' });
    expect((await run(['tenant', 'list'])).out).toContain('no tenants yet');
  });

  it('gives every paper tenant a login of its own', async () => {
    const { run, dataDir } = await setUp();
    for (const name of ['one', 'two', 'margin']) await run(['tenant', 'add', name, '--environment', 'paper']);
    const { registry, vault } = await openTestTenants({ dataDir });
    const grants = await Promise.all((await registry.list()).map(({ tenant }) => vault.openCredentials(tenant)));
    expect(new Set(grants.map((grant) => grant.refreshToken)).size).toBe(3);
    const customers = grants.map(
      ({ refreshToken }) => JSON.parse(Buffer.from(refreshToken.split('.')[1] ?? '', 'base64url').toString()) as object,
    );
    expect(customers).not.toContainEqual(expect.objectContaining({ sub: 'margin' }));
  });

  it('does not add a paper tenant whose simulator it has no key for', async () => {
    const { run } = await setUp({ TASTYTRADE_PAPER_URL: 'http://127.0.0.1:8100' });
    expect((await run(['tenant', 'add', 'one', '--environment', 'paper'])).error).toMatchObject({
      code: 'config_invalid',
    });
    expect((await run(['tenant', 'list'])).out).toContain('no tenants yet');
  });

  it('says when there are no credentials yet, and takes them later', async () => {
    const { run, files } = await setUp();
    const { err } = await run(['tenant', 'add', 'desk', '--environment', 'live']);
    expect(err).toBe('It has no broker credentials yet: tenant connect desk\n');
    expect((await run(['tenant', 'connect', 'desk'])).error).toMatchObject({ code: 'invalid_input' });
    expect(await run(['tenant', 'connect', 'desk', ...(await files())])).toMatchObject({
      out: 'desk has new broker credentials.\n',
      error: undefined,
    });
  });

  it('refuses one file of two, and files that hold no secret', async () => {
    const { run, file } = await setUp();
    const add = ['tenant', 'add', 'desk', '--environment', 'live'];
    const good = await file('good', TOKEN);
    const refused: string[][] = [
      ['--client-secret-file', good],
      ['--refresh-token-file', good],
      ['--client-secret-file', good, '--refresh-token-file', await file('empty', '\n')],
      ['--client-secret-file', good, '--refresh-token-file', await file('lines', `${TOKEN}\n${TOKEN}\n`)],
      ['--client-secret-file', good, '--refresh-token-file', await file('long', 'x'.repeat(9000))],
      ['--client-secret-file', good, '--refresh-token-file', `${good}-missing`],
    ];
    for (const options of refused) {
      const { error, out, err } = await run([...add, ...options]);
      expect(error).toMatchObject({ code: 'invalid_input' });
      expect(`${String(error)}${out}${err}`).not.toContain('canary');
    }
    expect((await run(['tenant', 'list'])).out).toContain('no tenants yet');
  });

  it('knows no way to give a secret as an argument', async () => {
    const { run } = await setUp();
    for (const option of ['--client-secret', '--refresh-token']) {
      const { error } = await run(['tenant', 'add', 'desk', '--environment', 'live', option, TOKEN]);
      expect(error).toMatchObject({ code: 'commander.unknownOption' });
    }
  });

  it('disables, enables and removes', async () => {
    const { run, dataDir } = await setUp();
    await run(['tenant', 'add', 'desk', '--environment', 'paper']);
    expect((await run(['tenant', 'disable', 'desk'])).out).toBe('desk is disabled.\n');
    expect((await run(['tenant', 'show', 'desk'])).out).toMatch(/^status {7}disabled$/mu);
    expect((await run(['tenant', 'enable', 'desk'])).out).toBe('desk is enabled.\n');
    expect((await run(['tenant', 'remove', 'desk'])).out).toContain('Removed desk');
    expect((await run(['tenant', 'remove', 'desk'])).error).toMatchObject({ code: 'not_found' });
    expect(await readFile(join(dataDir, 'gateway.db'), 'latin1')).not.toContain('v1.');
  });

  it('refuses an environment it does not know', async () => {
    const { run } = await setUp();
    const { error } = await run(['tenant', 'add', 'desk', '--environment', 'moon']);
    expect(error).toMatchObject({ code: 'commander.invalidArgument' });
  });
});
