import { PassThrough, Writable } from 'node:stream';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addAuditCommand } from '../../../src/commands/audit.ts';
import type { CommandDeps } from '../../../src/commands/command-deps.ts';
import { readConfig } from '../../../src/config.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { AuditRecord } from '../../../src/storage/stores/audit-store.ts';
import { openTestTenants } from '../../support/tenants.ts';

const at = 1_795_000_000_000;

type Line = { tenant: string | null; tenantId: string; seq: number; hash: string; entry: Record<string, unknown> };

/** A gateway's folder with tenants that have `records` each, and one that was removed. */
async function setUp(records: Readonly<Record<string, number>> = { alice: 3, bob: 2 }) {
  const tenants = await openTestTenants();
  const { storage, registry, dataDir } = tenants;
  const ids = new Map<string, string>();
  for (const [name, count] of Object.entries(records)) {
    const { id } = await registry.add({ name, environment: 'paper' });
    ids.set(name, id);
    await Promise.all(
      Array.from({ length: count }, (_, turn) => storage.audit.append(id, { at, kind: 'call', turn: turn + 1 })),
    );
  }
  const run = async (line: readonly string[], stdout: Writable = new PassThrough({ highWaterMark: 1 << 24 })) => {
    const io = { stdin: new PassThrough(), stdout, stderr: new PassThrough() };
    const basics: CommandDeps['basics'] = () => ({
      config: readConfig({ DATA_DIR: dataDir }),
      clock: systemClock,
      ids: systemIds,
      log: silentLog,
    });
    const program = new Command('gateway').exitOverride().configureOutput({ writeErr: () => {} });
    addAuditCommand(program, { io, basics });
    for (const child of program.commands) {
      child.copyInheritedSettings(program);
      for (const verb of child.commands) verb.copyInheritedSettings(child);
    }
    const error = await program.parseAsync(['audit', ...line], { from: 'user' }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const out = stdout instanceof PassThrough ? String(stdout.read() ?? '') : '';
    return {
      out,
      error,
      lines: () =>
        out
          .trimEnd()
          .split('\n')
          .map((text) => JSON.parse(text) as Line),
    };
  };
  const idOf = (name: string): string => ids.get(name) ?? '';
  const spoil = (name: string, seq: number, changes: Partial<AuditRecord>): Promise<unknown> =>
    storage.database.run((db) =>
      db.updateTable('audit').set(changes).where('tenantId', '=', idOf(name)).where('seq', '=', seq).execute(),
    );
  return { ...tenants, run, idOf, spoil };
}

describe('audit verify', () => {
  it('says of each chain how long it is and how it ends', async () => {
    const { run, storage, idOf } = await setUp();
    const ends = await Promise.all(['alice', 'bob'].map((name) => storage.audit.head(idOf(name))));
    expect(await run(['verify'])).toMatchObject({
      error: undefined,
      out: `alice: 3 records, ok, ends with ${ends[0]?.hash}\nbob: 2 records, ok, ends with ${ends[1]?.hash}\n`,
    });
  });

  it('says so when there is nothing to check', async () => {
    expect(await (await setUp({})).run(['verify'])).toMatchObject({
      error: undefined,
      out: 'Nothing is recorded yet.\n',
    });
    expect(await (await setUp({ alice: 0 })).run(['verify'])).toMatchObject({
      error: undefined,
      out: 'alice: no records\n',
    });
  });

  it("names the first bad record, and checks the other tenants' all the same", async () => {
    const { run, spoil, idOf } = await setUp({ alice: 3, bob: 2, carol: 1 });
    await spoil('alice', 2, { body: '{"at":1,"kind":"call"}' });
    const { out, error } = await run(['verify']);
    expect(out).toMatch(
      /^alice: BROKEN at record 2: it was altered, .*\(1 record good before it\)\nbob: 2 records, ok, .*\ncarol: 1 record, ok, .*\n$/u,
    );
    expect(error).toMatchObject({
      code: 'audit_broken',
      message: expect.stringMatching(/^The audit of alice is broken at record 2: it was altered/u) as string,
      details: { chain: idOf('alice'), record: 2 },
    });
  });

  it('checks one tenant when told', async () => {
    const { run, spoil } = await setUp();
    await spoil('alice', 1, { hash: '0' });
    expect(await run(['verify', '--tenant', 'bob'])).toMatchObject({ error: undefined });
    expect(await run(['verify', '--tenant', 'alice'])).toMatchObject({ error: { code: 'audit_broken' } });
    expect(await run(['verify', '--tenant', 'nobody'])).toMatchObject({ out: '', error: { code: 'not_found' } });
  });

  it('checks removed tenants and the gateway itself too', async () => {
    const { run, registry, storage, idOf } = await setUp();
    await registry.remove('bob');
    await storage.switches.set({ scope: 'global', isOn: 1, reason: 'drill', by: 'cli:alice', at });
    const { out, error } = await run(['verify']);
    expect(error).toBeUndefined();
    expect(
      out
        .split('\n')
        .map((line) => line.replace(/, ends with .*$/u, ''))
        .toSorted(),
    ).toEqual(
      [
        '',
        'alice: 3 records, ok',
        `removed tenant ${idOf('bob')}: 2 records, ok`,
        'the gateway: 1 record, ok',
      ].toSorted(),
    );
    expect((await run(['verify', '--tenant', idOf('bob')])).out).toContain(': 2 records, ok');
    expect((await run(['verify', '--tenant', 'gateway'])).out).toMatch(/^the gateway: 1 record, ok/u);
  });

  it('lets no text that was put into the database reach the terminal as it is', async () => {
    const { run, storage } = await setUp({ alice: 1 });
    const name = `\u001b[2J\n${'x'.repeat(500)}`;
    await storage.database.run((db) => db.updateTable('audit').set({ tenantId: name }).execute());
    const { out, error } = await run(['verify']);
    expect(out).not.toContain('\u001b');
    expect(out.trimEnd().split('\n')).toHaveLength(2);
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain('x'.repeat(100));
    expect(error).toMatchObject({ code: 'audit_broken' });
  });
});

describe('audit export', () => {
  it('writes every record as a JSON line, with its entry byte for byte', async () => {
    const { run, storage, idOf } = await setUp();
    const { out, error, lines } = await run(['export']);
    expect(error).toBeUndefined();
    const told = lines();
    expect(told.map(({ tenant, tenantId, seq }) => [tenant, tenantId, seq])).toEqual([
      ['alice', idOf('alice'), 1],
      ['alice', idOf('alice'), 2],
      ['alice', idOf('alice'), 3],
      ['bob', idOf('bob'), 1],
      ['bob', idOf('bob'), 2],
    ]);
    expect(told[2]?.entry).toEqual({ at, kind: 'call', turn: 3 });
    for (const { body, hash } of await storage.audit.read(idOf('alice'), 0, 9)) {
      expect(out).toContain(`"hash":"${hash}","entry":${body}}\n`);
    }
  });

  it('takes one tenant, and from one record on', async () => {
    const { run, registry, idOf } = await setUp();
    const { lines } = await run(['export', '--tenant', 'alice', '--since', '2']);
    expect(lines().map(({ tenant, seq }) => `${tenant} ${seq}`)).toEqual(['alice 2', 'alice 3']);
    await registry.remove('bob');
    const removed = await run(['export', '--tenant', idOf('bob')]);
    expect(removed.lines().map(({ tenant, seq }) => [tenant, seq])).toEqual([
      [null, 1],
      [null, 2],
    ]);
    expect(await run(['export', '--tenant', 'nobody'])).toMatchObject({ out: '', error: { code: 'not_found' } });
    expect(await run(['export', '--tenant', 'gateway'])).toMatchObject({ out: '', error: undefined });
  });

  it.each(['0', '-1', '1.5', 'x', ''])('refuses %j as the number of a record', async (since) => {
    const { error } = await (await setUp({})).run(['export', '--since', since]);
    expect(error).toMatchObject({ code: 'commander.invalidArgument' });
  });

  it('writes what was altered as JSON lines all the same', async () => {
    const { run, spoil } = await setUp();
    await spoil('alice', 2, { body: 'no JSON\n"at all' });
    await spoil('alice', 3, { body: '{\n}' });
    const told = (await run(['export'])).lines();
    expect(told).toHaveLength(5);
    expect(told.slice(1, 3).map(({ entry }) => entry)).toEqual(['no JSON\n"at all', '{\n}']);
  });

  it('goes through many pages, no faster than it is read', async () => {
    const { run } = await setUp({ alice: 1700 });
    let rows = 0;
    let longest = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _, done) {
        rows += chunk.toString().trimEnd().split('\n').length;
        longest = Math.max(longest, chunk.length);
        setImmediate(done);
      },
    });
    expect((await run(['export'], slow)).error).toBeUndefined();
    expect(rows).toBe(1700);
    expect(longest).toBeLessThan(200_000);
    expect(slow.writableEnded).toBe(false);
  });

  it('ends quietly when its reader has had enough', async () => {
    const { run } = await setUp({ alice: 1700 });
    const closing = new Writable({
      write(_, __, done) {
        done(Object.assign(new Error('closed'), { code: 'EPIPE' }));
      },
    });
    expect((await run(['export'], closing)).error).toBeUndefined();
  });
});
