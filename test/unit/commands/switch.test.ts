import { describe, expect, it } from 'vitest';
import { operatorName } from '../../../src/commands/operator-name.ts';
import { addSwitchCommand } from '../../../src/commands/switch.ts';
import { addTenantCommand } from '../../../src/commands/tenant.ts';
import { epochMs } from '../../../src/core/clock.ts';
import { createCommandBench } from '../../support/command-bench.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { openTestTenants } from '../../support/tenants.ts';

async function setUp() {
  const clock = createManualClock();
  const bench = await createCommandBench({ clock, commands: [addSwitchCommand, addTenantCommand] });
  for (const name of ['one', 'two']) await bench.run('tenant', 'add', name, '--environment', 'paper');
  const tenants = await openTestTenants({ dataDir: bench.dataDir, clock });
  const one = await tenants.registry.idOf('one');
  const stops = (tenantId: string) => tenants.storage.ledger.of(tenantId).transact((tx) => tx.stops());
  const chain = async (id: string) =>
    (await tenants.storage.audit.read(id, 0, 100)).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  return { ...bench, ...tenants, clock, one, stops, chain };
}

type Bench = Awaited<ReturnType<typeof setUp>>;

/** Carries the next request to cancel out as a running gateway does; says false when there is none. */
async function carryOut({ storage: { switches }, clock }: Bench, result: string): Promise<boolean> {
  const claimed = await switches.claim(clock.now(), 60_000);
  if (claimed === undefined) return false;
  return switches.finish(claimed.id, result, clock.now());
}

/** Moves time on, half a second at a time, while `work` runs. */
async function whileTimePasses<Value>({ clock }: Bench, work: Promise<Value>, step = async () => {}): Promise<Value> {
  const state = { isOver: false };
  const done = work.finally(() => {
    state.isOver = true;
  });
  while (!state.isOver) {
    await clock.advance(500);
    await step();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return done;
}

describe('switch', () => {
  it('stops everybody, and lets everybody go on', async () => {
    const { run, stops, one, chain, clock } = await setUp();
    expect((await run('switch', 'list')).out).toBe('No switch was ever set: trading goes on for every tenant.\n');
    const on = await run('switch', 'on', '--reason', 'the feed is wrong');
    expect(on).toEqual({
      out: 'Trading is stopped for every tenant, on every replica within a second. Reads and cancels go on.\n',
      err: '',
      error: undefined,
    });
    const by = operatorName();
    expect(await stops(one)).toEqual([{ scope: 'global', isOn: 1, reason: 'the feed is wrong', by, at: clock.now() }]);
    expect((await run('switch', 'off', '--reason', 'mended')).out).toBe('Trading goes on for every tenant.\n');
    expect(await stops(one)).toEqual([]);
    expect(await chain('gateway')).toMatchObject([
      { kind: 'switch', scope: 'global', reason: 'the feed is wrong', by },
      { kind: 'switch', scope: 'global', reason: 'mended', by },
    ]);
  });

  it('stops one tenant and no other, until its own switch is off', async () => {
    const { run, stops, one, registry, chain } = await setUp();
    expect((await run('switch', 'on', '--tenant', 'one', '--reason', 'a loop')).out).toContain('stopped for one,');
    expect(await stops(one)).toMatchObject([{ scope: one, isOn: 1 }]);
    expect(await stops(await registry.idOf('two'))).toEqual([]);
    expect(await chain(one)).toMatchObject([{ kind: 'switch', scope: one, reason: 'a loop' }]);
    await run('switch', 'on', '--reason', 'all');
    expect((await run('switch', 'off', '--tenant', 'one', '--reason', 'ok')).out).toBe(
      'The switch of one is off, but trading stays stopped: the switch of every tenant is on.\n',
    );
    await run('switch', 'on', '--tenant', 'one', '--reason', 'again');
    expect((await run('switch', 'off', '--reason', 'ok')).out).toBe(
      'Trading goes on for every tenant but one, whose own switch is on.\n',
    );
    expect((await run('switch', 'off', '--tenant', 'one', '--reason', 'ok')).out).toBe('Trading goes on for one.\n');
  });

  it('lists who set what, when and why, removed tenants too', async () => {
    const { run, one } = await setUp();
    await run('switch', 'on', '--tenant', 'one', '--reason', 'a\u0000 loop\u202e');
    await run('switch', 'on', '--reason', 'all');
    await run('switch', 'off', '--reason', 'over');
    await run('tenant', 'remove', 'one');
    const [headings, ...lines] = (await run('switch', 'list')).out.trimEnd().split('\n');
    expect(headings).toMatch(/^WHO +TRADING +SINCE +BY +REASON$/u);
    expect(lines[0]).toMatch(/^every tenant +goes on +2026-11-23T15:00:00\.000Z +cli:\S+ +over$/u);
    expect(lines[1]).toMatch(new RegExp(`^removed tenant ${one}  stopped .* a loop$`, 'u'));
    expect(lines).toHaveLength(2);
  });

  it('holds through a restart, and for a tenant whose plan is not understood', async () => {
    const { run, storage, stops, one, dataDir } = await setUp();
    await storage.database.run((db) => db.updateTable('tenants').set({ plan: '{"new":1}' }).execute());
    expect((await run('switch', 'on', '--tenant', 'one', '--reason', 'x')).error).toBeUndefined();
    expect(await stops(one)).toHaveLength(1);
    const again = await openTestTenants({ dataDir });
    expect(await again.storage.ledger.of(one).transact((tx) => tx.stops())).toHaveLength(1);
  });

  it.each<[string[], string]>([
    [['on'], 'commander.missingMandatoryOptionValue'],
    [['off'], 'commander.missingMandatoryOptionValue'],
    [['on', '--reason', ' '], 'invalid_input'],
    [['on', '--reason', '\u0000'], 'invalid_input'],
    [['on', '--reason', 'x'.repeat(201)], 'invalid_input'],
    [['on', '--tenant', 'nobody', '--reason', 'x'], 'not_found'],
    [['off', '--cancel-all', '--reason', 'x'], 'commander.unknownOption'],
    [['progress', 'nothing'], 'not_found'],
  ])('refuses %j and changes nothing', async (line, code) => {
    const { run, storage } = await setUp();
    expect((await run('switch', ...line)).error).toMatchObject({ code });
    expect(await storage.switches.list()).toEqual([]);
  });
});

describe('switch on --cancel-all', () => {
  it('tells what the gateway that took it up has cancelled', async () => {
    const bench = await setUp();
    const lines = ['one: cancelled 3 of 4', 'two: cancelled 1 of 1'];
    let isDone = false;
    const { out, error } = await whileTimePasses(
      bench,
      bench.run('switch', 'on', '--reason', 'all out', '--cancel-all'),
      async () => {
        isDone ||= await carryOut(bench, lines.join('\n'));
      },
    );
    expect(error).toBeUndefined();
    expect(out).toBe(
      [
        'Trading is stopped for every tenant, on every replica within a second. Reads and cancels go on.',
        ...lines,
        '',
      ].join('\n'),
    );
  });

  it('asks after the stop, for its own scope, and in the same words', async () => {
    const bench = await setUp();
    const { storage, one, clock, chain } = bench;
    await whileTimePasses(
      bench,
      bench.run('switch', 'on', '--tenant', 'one', '--reason', 'a loop', '--cancel-all'),
      async () => {
        const claimed = await storage.switches.claim(clock.now(), 60_000);
        if (claimed === undefined) return;
        expect(claimed).toMatchObject({ scope: one, tenantId: one, account: null, symbol: null, reason: 'a loop' });
        expect(claimed.by).toBe(operatorName());
        expect(await storage.switches.list()).toMatchObject([{ scope: one, isOn: 1 }]);
        await storage.switches.finish(claimed.id, 'one: cancelled 0 of 0', clock.now());
      },
    );
    expect(await storage.switches.claim(epochMs(clock.now() + 3_600_000), 1)).toBeUndefined();
    expect((await chain(one)).map(({ what }) => what)).toEqual([
      'trading stopped',
      'cancel all asked',
      'cancel all done',
    ]);
  });

  it('says after half a minute that nobody has taken it up, and leaves it queued', async () => {
    const bench = await setUp();
    const { run, clock, storage } = bench;
    const before = clock.monotonicMs();
    const { out } = await whileTimePasses(bench, run('switch', 'on', '--reason', 'all out', '--cancel-all'));
    expect(clock.monotonicMs() - before).toBeGreaterThanOrEqual(30_000);
    expect(clock.monotonicMs() - before).toBeLessThan(40_000);
    expect(out).toContain('No gateway has taken up the cancelling yet. It stays queued');
    const id = /switch progress (\S+)\n$/u.exec(out)?.[1] ?? '';
    expect((await run('switch', 'progress', id)).out).toContain('No gateway has taken up');
    await storage.switches.claim(clock.now(), 60_000);
    expect((await run('switch', 'progress', id)).out).toContain('A gateway is at the cancelling');
    await storage.switches.finish(id, 'one: cancelled 0 of 0', clock.now());
    expect((await run('switch', 'progress', id)).out).toBe('one: cancelled 0 of 0\n');
  });
});
