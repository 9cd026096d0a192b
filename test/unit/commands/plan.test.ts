import { describe, expect, it } from 'vitest';
import { operatorName } from '../../../src/commands/operator-name.ts';
import { addPlanCommand } from '../../../src/commands/plan.ts';
import { addTenantCommand } from '../../../src/commands/tenant.ts';
import type { GatewayError } from '../../../src/core/errors.ts';
import { PLAN_RULES } from '../../../src/tenancy/plan/plan-rules.ts';
import { createCommandBench } from '../../support/command-bench.ts';
import { openTestTenants } from '../../support/tenants.ts';

async function setUp() {
  const bench = await createCommandBench({ commands: [addPlanCommand, addTenantCommand] });
  await bench.run('tenant', 'add', 'demo', '--environment', 'paper');
  const rule = async (name: string): Promise<string> => {
    const { out } = await bench.run('plan', 'show', 'demo');
    return out.split('\n').find((line) => line.startsWith(`${name} `)) ?? '';
  };
  return { ...bench, rule };
}

describe('plan', () => {
  it('shows every rule, its value, and whether it is the default', async () => {
    const { run } = await setUp();
    await run('plan', 'set', 'demo', 'max-notional=5000', 'symbols.deny=TSLA,gme');
    const { out, error } = await run('plan', 'show', 'demo');
    expect(error).toBeUndefined();
    const [title, , headings, ...lines] = out.trimEnd().split('\n');
    expect(title).toBe('demo, paper');
    expect(headings).toMatch(/^RULE +VALUE +SET +WHAT IT IS ABOUT$/u);
    expect(lines.map((line) => line.split(' ', 1)[0])).toEqual(PLAN_RULES.map(({ name }) => name));
    const own = lines.filter((line) => / own /u.test(line)).map((line) => line.split(/ +/u).slice(0, 3));
    expect(own).toEqual([
      ['symbols.deny', 'TSLA,GME', 'own'],
      ['max-notional', '5000', 'own'],
    ]);
  });

  it('sets several rules at once, and says what was before', async () => {
    const { run, dataDir } = await setUp();
    const { out, err, error } = await run(
      'plan',
      'set',
      'demo',
      'confirm=above:1000',
      'instrument-types=Equity,Equity Option',
      'read-only=yes',
    );
    expect({ err, error }).toEqual({ err: '', error: undefined });
    expect(out).toBe(
      [
        'demo: read-only false → true',
        'demo: instrument-types Equity,Equity Option,Future,Future Option,Cryptocurrency → Equity,Equity Option',
        'demo: confirm never → above:1000',
        'In force within a second.',
        '',
      ].join('\n'),
    );
    const { registry, storage } = await openTestTenants({ dataDir });
    const { tenant } = await registry.plan('demo');
    expect(tenant.plan).toMatchObject({ readOnly: true, confirm: { above: '1000' } });
    const records = await storage.audit.read(tenant.id, 0, 10);
    expect(records.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { kind: 'plan', by: operatorName() },
    ]);
    expect((await storage.audit.verify(tenant.id)).fault).toBeUndefined();
  });

  it("is told of in the tenant's sheet", async () => {
    const { run } = await setUp();
    expect((await run('tenant', 'show', 'demo')).out).toMatch(/^plan {9}the defaults of paper$/mu);
    await run('plan', 'set', 'demo', 'read-only=yes');
    expect((await run('tenant', 'show', 'demo')).out).toMatch(
      /^plan {9}1 rule differs from the defaults of paper: plan show demo$/mu,
    );
  });

  it('says so when nothing differs', async () => {
    const { run } = await setUp();
    expect((await run('plan', 'set', 'demo', 'read-only=no')).out).toBe('demo has the same rules as before.\n');
  });

  it.each<[string[], string]>([
    [['max-notional=-1'], 'max-notional takes an amount of dollars from 0, such as 5000.'],
    [['max_notional=5'], 'Change 1 names no rule.'],
    [['max-shares=5', 'limit=5'], 'Change 2 names no rule.'],
    [['max-shares'], 'Change 1 must be RULE=VALUE.'],
    [['=5'], 'Change 1 names no rule.'],
    [['confirm=perhaps'], 'confirm takes always, never, or above:DOLLARS such as above:1000.'],
    [['symbols.deny='], 'symbols.deny takes one or more names, separated by commas.'],
    [['max-shares=5', 'max-shares=6'], 'max-shares is given twice.'],
    [['session=now', 'canary=1'], 'Change 2 names no rule. session takes open (while the market is open) or any.'],
  ])('changes nothing for %j, and lists what there is', async (settings, sentence) => {
    const { run } = await setUp();
    const before = (await run('plan', 'show', 'demo')).out;
    const { out, error } = await run('plan', 'set', 'demo', 'daily-loss=1', ...settings);
    const shifted = sentence.replace(/Change (\d)/u, (_, place: string) => `Change ${Number(place) + 1}`);
    expect(out).toBe('');
    expect(error).toMatchObject({ code: 'invalid_input', message: `The plan was not changed. ${shifted}` });
    for (const { name } of PLAN_RULES) expect((error as GatewayError).advice).toContain(name);
    expect((error as GatewayError).message).not.toContain('canary');
    expect((await run('plan', 'show', 'demo')).out).toBe(before);
  });

  it('resets some rules, or all', async () => {
    const { run, rule } = await setUp();
    await run('plan', 'set', 'demo', 'symbols.deny=TSLA', 'symbols.allow=SPY', 'max-shares=1', 'max-coins=1');
    expect((await run('plan', 'reset', 'demo', 'symbols.allow', 'max-coins')).out).toBe(
      'demo: symbols.allow SPY → all\ndemo: max-coins 1 → 10\nIn force within a second.\n',
    );
    expect(await rule('symbols.deny')).toMatch(/ TSLA +own /u);
    expect((await run('plan', 'reset', 'demo')).out).toBe(
      'demo: symbols.deny TSLA → none\ndemo: max-shares 1 → 10000\nIn force within a second.\n',
    );
    expect((await run('plan', 'reset', 'demo', 'max-share')).error).toMatchObject({ code: 'invalid_input' });
  });

  it('takes rules back that it does not understand, but only all at once', async () => {
    const { run, dataDir } = await setUp();
    const { storage } = await openTestTenants({ dataDir });
    await storage.database.run((db) => db.updateTable('tenants').set({ plan: '{"new":1}' }).execute());
    for (const line of [
      ['show', 'demo'],
      ['set', 'demo', 'read-only=yes'],
      ['reset', 'demo', 'read-only'],
    ]) {
      expect((await run('plan', ...line)).error).toMatchObject({
        code: 'internal',
        advice: expect.stringContaining('plan reset demo') as unknown,
      });
    }
    expect((await run('plan', 'reset', 'demo')).out).toContain('demo has the defaults of paper.');
    expect((await run('plan', 'show', 'demo')).error).toBeUndefined();
  });

  it.each([
    ['show', 'nobody'],
    ['set', 'nobody', 'read-only=yes'],
    ['reset', 'nobody'],
  ])('knows no tenant for %s %s', async (...line) => {
    const { run } = await setUp();
    expect((await run('plan', ...line)).error).toMatchObject({ code: 'not_found' });
  });

  it('lists the rules in its help', async () => {
    const { run } = await setUp();
    const { out, error } = await run('plan', 'set', '--help');
    expect(error).toMatchObject({ code: 'commander.helpDisplayed' });
    const lines = out.split('\n');
    for (const { name, takes } of PLAN_RULES) {
      expect(lines.find((line) => line.startsWith(`  ${name} `))).toContain(takes);
    }
  });
});
