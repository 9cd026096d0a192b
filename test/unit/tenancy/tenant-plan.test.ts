import { describe, expect, it } from 'vitest';
import { decimal } from '../../../src/core/decimal.ts';
import type { PlanEdit } from '../../../src/tenancy/plan/plan-edits.ts';
import { readPlanJson } from '../../../src/tenancy/plan/plan-json.ts';
import { DEFAULT_PLANS } from '../../../src/tenancy/plan/plan.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { openTestTenants } from '../../support/tenants.ts';

const edits = (body: unknown): readonly PlanEdit[] => readPlanJson(body).edits;
const alice = { issuer: 'https://id.example/', subject: 'alice' };

async function setUp() {
  const clock = createManualClock();
  const tenants = await openTestTenants({ clock });
  const { registry, storage } = tenants;
  const desk = await registry.add({ name: 'desk', environment: 'live' });
  await registry.bind('desk', alice);
  const stored = async () => (await storage.tenants.byName('desk'))?.plan;
  const write = (plan: string | null) =>
    storage.database.run((db) => db.updateTable('tenants').set({ plan }).where('name', '=', 'desk').execute());
  const records = async () =>
    (await storage.audit.read(desk.id, 0, 100)).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  return { ...tenants, clock, desk, stored, write, records };
}

describe("a tenant's plan", () => {
  it('is the default of its environment until an operator says otherwise', async () => {
    const { registry, stored } = await setUp();
    await registry.add({ name: 'play', environment: 'paper' });
    expect(await registry.plan('desk')).toMatchObject({ own: {}, tenant: { plan: DEFAULT_PLANS.live } });
    expect((await registry.plan('play')).tenant.plan).toEqual(DEFAULT_PLANS.paper);
    expect(await stored()).toBeNull();
  });

  it('changes some rules, for whoever finds the tenant, and records who did it', async () => {
    const { registry, clock, desk, records } = await setUp();
    await clock.advance(1000);
    const changed = await registry.changePlan(
      'desk',
      edits({ max_notional: '5000', symbols: { deny: ['gme'] } }),
      'me',
    );
    expect(changed.steps).toEqual([
      { rule: 'symbols.deny', from: 'none', to: 'GME' },
      { rule: 'max-notional', from: '10000', to: '5000' },
    ]);
    expect(changed.tenant).toMatchObject({ plan: { maxNotional: '5000' }, updatedAt: clock.now() });
    const plan = { ...DEFAULT_PLANS.live, maxNotional: '5000', symbols: { deny: ['GME'] } };
    expect((await registry.find(alice))?.tenant.plan).toEqual(plan);
    expect((await registry.findById(desk.id))?.tenant.plan).toEqual(plan);
    await registry.changePlan('desk', edits({ symbols: null }), 'you');
    expect((await registry.plan('desk')).own).toEqual({ maxNotional: '5000' });
    expect(await records()).toEqual([
      {
        at: clock.now(),
        kind: 'plan',
        by: 'me',
        rules: '{"symbols.deny":["none","GME"],"max-notional":["10000","5000"]}',
      },
      { at: clock.now(), kind: 'plan', by: 'you', rules: '{"symbols.deny":["GME","none"]}' },
    ]);
  });

  it('replaces all of its own rules, and goes back to the defaults', async () => {
    const { registry, stored } = await setUp();
    await registry.setPlan('desk', { maxNotional: decimal(1), confirm: { above: decimal(5) } }, 'me');
    await registry.setPlan('desk', { readOnly: true }, 'me');
    expect(await stored()).toBe('{"readOnly":true}');
    const { steps, own } = await registry.setPlan('desk', undefined, 'me');
    expect({ steps, own }).toEqual({ steps: [{ rule: 'read-only', from: 'true', to: 'false' }], own: {} });
    expect(await stored()).toBeNull();
  });

  it('loses none of many changes at a time', async () => {
    const { registry } = await setUp();
    const all = [
      { max_notional: '1' },
      { max_shares: '2' },
      { max_contracts: '3' },
      { daily_loss: '4' },
      { read_only: true },
    ];
    await Promise.all(all.map((body) => registry.changePlan('desk', edits(body), 'me')));
    expect((await registry.plan('desk')).own).toEqual({
      maxNotional: '1',
      maxShares: '2',
      maxContracts: '3',
      dailyLoss: '4',
      readOnly: true,
    });
  });

  it('keeps the record of a long change short', async () => {
    const { registry, records } = await setUp();
    const deny = Array.from({ length: 500 }, (_, index) => `SYMBOL${index}`);
    const body = {
      symbols: { deny, allow: deny },
      accounts: { deny, allow: deny },
      max_notional: '1',
      max_shares: '1',
    };
    await registry.changePlan('desk', edits({ ...body, max_coins: '7', daily_loss: '1', session: 'any' }), 'me');
    expect((await registry.plan('desk')).own.symbols?.deny).toHaveLength(500);
    const [record] = await records();
    expect(JSON.parse(String(record?.['rules']))).toContain('symbols.deny');
  });

  it.each([
    '{',
    '[]',
    'null',
    '"x"',
    '{"maxNotional":"-1"}',
    '{"maxNotional":"5","aRuleOfTomorrow":true}',
    '{"readOnly":"true"}',
  ])('serves nobody under stored rules that it does not understand: %s', async (plan) => {
    const { registry, desk, write, records } = await setUp();
    await write(plan);
    for (const asked of [
      registry.find(alice),
      registry.findById(desk.id),
      registry.plan('desk'),
      registry.changePlan('desk', edits({ max_notional: '1' }), 'me'),
    ]) {
      await expect(asked).rejects.toMatchObject({
        code: 'internal',
        message: 'The plan of desk holds rules that this version does not understand.',
      });
    }
    expect(await registry.idOf('desk')).toBe(desk.id);
    expect((await registry.setPlan('desk', undefined, 'me')).steps).toBeUndefined();
    expect((await registry.find(alice))?.tenant.plan).toEqual(DEFAULT_PLANS.live);
    expect(await records()).toMatchObject([{ rules: '"replaced rules that were not understood"' }]);
  });
});
