import { describe, expect, it } from 'vitest';
import { decimal } from '../../../src/core/decimal.ts';
import type { PlanChanges } from '../../../src/tenancy/plan/plan.ts';
import type { Bench, Visitor } from '../../support/fake-broker-bench.ts';
import { account } from '../../support/tenant-broker.ts';
import { MANUAL_CLOCK_START } from '../../support/manual-clock.ts';
import { DATE, call, desk, sent, stock } from '../tools/order-desk.ts';

const ALWAYS: PlanChanges = { confirm: 'always', confirmationSeconds: 120 };
const ORDER = { legs: [call(600, 'Buy to Open', 2)], price: -12.35 };
const INVALID = { code: 'confirmation_invalid', advice: expect.stringContaining('Preview the order again') };

async function confirmed(bench: Bench, order: object = ORDER): Promise<string> {
  const { confirmation } = await bench.ask<{ confirmation?: string }>('preview_order', order);
  if (confirmation === undefined) throw new Error('The preview gave no confirmation');
  return confirmation;
}
const place = (bench: Bench, args: object) => bench.ask('place_order', args);

describe('whether a confirmation is needed', () => {
  it.each<[PlanChanges['confirm'], number, boolean]>([
    ['always', 1, true],
    ['never', 2, false],
    [{ above: decimal(2480) }, 2, false],
    [{ above: decimal('2479.99') }, 2, true],
    [{ above: decimal(0) }, 1, true],
  ])('the plan says %j: of %d options at 12.40 it is %s', async (confirm, lots, isNeeded) => {
    const bench = desk(confirm === undefined ? {} : { confirm });
    const order = { legs: [call(600, 'Buy to Open', lots)], price: -12.35 };
    if (!isNeeded) {
      expect(await place(bench, order)).toMatchObject({ outcome: 'accepted' });
      return;
    }
    expect(await bench.refusal('place_order', order)).toMatchObject({
      code: 'confirmation_needed',
      retry: 'after-change',
      advice: expect.stringContaining('preview_order'),
    });
    expect(sent(bench)).toEqual([]);
    expect(bench.ledger.all()).toEqual([]);
  });

  it.each(['live', 'sandbox'] as const)('it is by default in %s', async (environment) => {
    const bench = desk();
    const { plan } = bench.as({ environment, plan: {} }).context.tenant;
    expect(plan.confirm).toBe('always');
    expect(await bench.as({ environment, plan: {} }).refusal('place_order', ORDER)).toMatchObject({
      code: 'confirmation_needed',
    });
  });
});

describe('a confirmation', () => {
  it('sends exactly what was previewed, once, and answers a repetition with what came of it', async () => {
    const bench = desk(ALWAYS);
    const args = { ...ORDER, confirmation: await confirmed(bench) };
    const first = await place(bench, args);
    const again = await place(bench, args);
    expect(first).toMatchObject({ outcome: 'accepted', order: { order_id: '1001' } });
    expect(first).not.toHaveProperty('replayed');
    expect(again).toMatchObject({ outcome: 'accepted', replayed: true, external_id: first['external_id'] });
    expect(sent(bench)).toMatchObject([{ price: '-12.35', legs: [{ action: 'Buy to Open', quantity: '2' }] }]);
  });

  it('keeps the price that was previewed, wherever the market has gone meanwhile', async () => {
    const bench = desk(ALWAYS);
    const order = { legs: [call(600, 'Buy to Open')] };
    const confirmation = await confirmed(bench, order);
    Object.assign(bench.state.quotes, { '.SPY261218C600': { bid: '12.50', ask: '12.60' } });
    expect(await place(bench, { ...order, confirmation })).toMatchObject({ outcome: 'accepted' });
    expect(sent(bench)).toMatchObject([{ price: '-12.35' }]);
  });

  it('is not spent by a call that is refused, and not by the broker being away', async () => {
    const bench = desk(ALWAYS);
    const confirmation = await confirmed(bench);
    await bench.refusal('place_order', { ...ORDER, price: -12.4, confirmation });
    bench.ledger.setStop({ scope: 'global', isOn: 1, reason: 'test', by: 'ops', at: 0 });
    expect(await bench.refusal('place_order', { ...ORDER, confirmation })).toMatchObject({ code: 'trading_stopped' });
    bench.ledger.setStop({ scope: 'global', isOn: 0, reason: 'test', by: 'ops', at: 0 });
    expect(await place(bench, { ...ORDER, confirmation })).toMatchObject({ outcome: 'accepted' });
  });

  it('is spent by an order that the broker refused: a new one needs a new look', async () => {
    const bench = desk(ALWAYS);
    const args = { ...ORDER, confirmation: await confirmed(bench) };
    bench.state.sends = [{ kind: 'refuse', code: 'margin_check_failed', message: 'Not enough.' }];
    expect(await place(bench, args)).toMatchObject({ outcome: 'rejected' });
    expect(await place(bench, args)).toMatchObject({ outcome: 'rejected', replayed: true });
    expect(sent(bench)).toHaveLength(1);
  });

  it('is kept nowhere: the ledger holds its digest', async () => {
    const bench = desk(ALWAYS);
    const confirmation = await confirmed(bench);
    await place(bench, { ...ORDER, confirmation });
    const kept = JSON.stringify([bench.ledger.all(), bench.ledger.auditEntries('tenant-1')]);
    expect(kept).not.toContain(confirmation);
    expect(bench.ledger.all()[0]?.confirmationId).toMatch(/^[0-9a-f]{64}$/u);
  });

  it.each<[string, object]>([
    ['another leg', { legs: [call(605, 'Buy to Open', 2)], price: -9.15 }],
    ['another action', { legs: [call(600, 'Buy to Close', 2)] }],
    ['another quantity', { legs: [call(600, 'Buy to Open', 1)] }],
    ['another price', { price: -12.36 }],
    ['another order type', { price: null, order_type: 'Market' }],
    ['another time in force', { time_in_force: 'GTC' }],
    ['a day until which', { time_in_force: 'GTD', good_until: DATE }],
    ['one leg more', { legs: [call(600, 'Buy to Open', 2), call(605, 'Sell to Open', 2)], price: -3.2 }],
    ['another instrument', { legs: [stock('Buy to Open', 2)], price: -600 }],
  ])('is refused for %s, and stays good for its own order', async (_, change) => {
    const bench = desk({ ...ALWAYS, undefinedRisk: true });
    const confirmation = await confirmed(bench);
    expect(await bench.refusal('place_order', { ...ORDER, ...change, confirmation })).toMatchObject(INVALID);
    expect(sent(bench)).toEqual([]);
    expect(await place(bench, { ...ORDER, confirmation })).toMatchObject({ outcome: 'accepted' });
  });

  it('that was spent is refused for anything else', async () => {
    const bench = desk(ALWAYS);
    const confirmation = await confirmed(bench);
    await place(bench, { ...ORDER, confirmation });
    expect(await bench.refusal('place_order', { ...ORDER, price: -12.36, confirmation })).toMatchObject({
      ...INVALID,
      message: expect.stringContaining('has been used'),
    });
    expect(sent(bench)).toHaveLength(1);
  });

  it.each<[string, Visitor]>([
    ['another person of the tenant', { subject: 'somebody-else' }],
    ['another client of the person', { clientId: 'other-client' }],
    ['another tenant', { tenantId: 'tenant-2' }],
  ])('of the caller is no confirmation of %s, and looks like one that never was', async (_, visitor) => {
    const bench = desk(ALWAYS);
    const confirmation = await confirmed(bench);
    const other = bench.as(visitor);
    const refusal = await other.refusal('place_order', { ...ORDER, confirmation });
    expect(refusal).toMatchObject(INVALID);
    expect(refusal).toEqual(await other.refusal('place_order', { ...ORDER, confirmation: 'never-was' }));
    expect(sent(bench)).toEqual([]);
  });

  it('of one account is none of another, and of one environment none of another', async () => {
    const bench = desk(ALWAYS);
    const confirmation = await confirmed(bench);
    bench.state.accounts.push(account('5WT00002'));
    const elsewhere = { ...ORDER, account_number: '5WT00002', confirmation };
    expect(await bench.refusal('place_order', elsewhere)).toMatchObject(INVALID);
    const live = bench.as({ environment: 'live', plan: ALWAYS });
    const here = { ...ORDER, account_number: '5WT00001', confirmation };
    expect(await live.refusal('place_order', here)).toMatchObject(INVALID);
    expect(sent(bench)).toEqual([]);
  });

  it.each([
    [119_999, true],
    [120_000, true],
    [120_001, false],
    [10 * 60_000, false],
  ])('of 120 seconds is good after %d ms: %s', async (ageMs, isGood) => {
    const bench = desk(ALWAYS);
    const args = { ...ORDER, confirmation: await confirmed(bench) };
    bench.clock.set(MANUAL_CLOCK_START + ageMs);
    if (isGood) {
      expect(await place(bench, args)).toMatchObject({ outcome: 'accepted' });
      return;
    }
    expect(await bench.refusal('place_order', args)).toMatchObject({
      ...INVALID,
      message: expect.stringContaining('expired'),
    });
    expect(sent(bench)).toEqual([]);
  });

  it.each([-5001, -20 * 60_000])('of a clock that has stepped back by %d ms is of no known age', async (stepMs) => {
    const bench = desk(ALWAYS);
    const args = { ...ORDER, confirmation: await confirmed(bench) };
    bench.clock.set(MANUAL_CLOCK_START + stepMs);
    expect(await bench.refusal('place_order', args)).toMatchObject(INVALID);
    expect(sent(bench)).toEqual([]);
  });

  it('that has expired still tells what came of the order it was spent on', async () => {
    const bench = desk(ALWAYS);
    const args = { ...ORDER, confirmation: await confirmed(bench) };
    await place(bench, args);
    await bench.clock.advance(3_600_000);
    expect(await place(bench, args)).toMatchObject({ outcome: 'accepted', replayed: true });
    expect(sent(bench)).toHaveLength(1);
  });

  it('raced ten times sends one order, and all ten hear of the same one', async () => {
    const bench = desk(ALWAYS);
    const args = { ...ORDER, confirmation: await confirmed(bench) };
    const outcomes = await bench.settle(
      Promise.all(Array.from({ length: 10 }, () => bench.start('place_order', args))),
    );
    const ids = outcomes.map((outcome) => (outcome.kind === 'answer' ? outcome.data['external_id'] : outcome));
    expect(new Set(ids).size).toBe(1);
    expect(sent(bench)).toHaveLength(1);
  });
});

describe('the confirmation of a replacement', () => {
  async function working(): Promise<Bench> {
    const bench = desk();
    await place(bench, ORDER);
    await place(bench, { legs: [call(605, 'Buy to Open')], price: -9.15 });
    return bench;
  }
  const strict = (bench: Bench) => bench.as({ plan: ALWAYS });

  it('is for that order and that price', async () => {
    const bench = await working();
    const desk = strict(bench);
    const asked = { order_id: '1001', price: -12.4 };
    expect(await desk.refusal('replace_order', asked)).toMatchObject({ code: 'confirmation_needed' });
    const { confirmation } = await desk.ask('replace_order', { ...asked, dry_run: true });
    for (const other of [
      { order_id: '1002', price: -9.2 },
      { order_id: '1001', price: -12.41 },
    ]) {
      expect(await desk.refusal('replace_order', { ...other, confirmation })).toMatchObject(INVALID);
    }
    expect(await desk.refusal('place_order', { ...ORDER, allow_duplicate: true, confirmation })).toMatchObject(INVALID);
    expect(bench.callsTo('orders.replace')).toEqual([]);
    const replaced = await desk.ask('replace_order', { ...asked, confirmation });
    expect(replaced).toMatchObject({ outcome: 'accepted', order: { replaces: '1001', price: '-12.4' } });
    expect(await desk.ask('replace_order', { ...asked, confirmation })).toMatchObject({
      replayed: true,
      external_id: replaced['external_id'],
    });
    expect(bench.callsTo('orders.replace')).toHaveLength(1);
  });
});

describe('a client_order_id', () => {
  const NAMED = { ...ORDER, client_order_id: 'mine-1' };

  it('with the same ticket gives the first outcome, and asks the broker nothing', async () => {
    const bench = desk();
    const first = await place(bench, NAMED);
    const calls = bench.calls.length;
    const again = await place(bench, { ...NAMED, legs: JSON.stringify([call(600, 'BUY TO OPEN', '2')]) });
    expect(again).toMatchObject({ replayed: true, external_id: first['external_id'], outcome: 'accepted' });
    expect(bench.calls.slice(calls).map(({ operation }) => operation)).toEqual(['accounts.list']);
  });

  it.each([{ price: -12.4 }, { legs: [call(600, 'Buy to Open', 3)] }, { time_in_force: 'GTC' }])(
    'with another ticket is taken: %j',
    async (change) => {
      const bench = desk();
      const { external_id } = await place(bench, NAMED);
      expect(await bench.refusal('place_order', { ...NAMED, ...change })).toMatchObject({
        code: 'client_order_id_taken',
        details: { first_external_id: external_id },
      });
      expect(sent(bench)).toHaveLength(1);
    },
  );

  it('of another tenant is another name', async () => {
    const bench = desk();
    await place(bench, NAMED);
    const other = await bench.as({ tenantId: 'tenant-2' }).ask('place_order', NAMED);
    expect(other).not.toHaveProperty('replayed');
    expect(sent(bench)).toHaveLength(2);
  });

  it('given to many calls at once is sent once', async () => {
    const bench = desk();
    const calls = Array.from({ length: 20 }, () => bench.start('place_order', NAMED));
    const outcomes = await bench.settle(Promise.all(calls));
    expect(new Set(outcomes.map((each) => (each.kind === 'answer' ? each.data['external_id'] : each))).size).toBe(1);
    expect(outcomes.filter((each) => each.kind === 'answer' && each.data['replayed'] === true)).toHaveLength(19);
    expect(sent(bench)).toHaveLength(1);
  });

  it('of an unknown order looks for it again, and never sends it again', async () => {
    const bench = desk();
    bench.state.sends = [{ kind: 'unknown-but-there', visibleAfterLooks: 5 }];
    expect(await place(bench, NAMED)).toMatchObject({ outcome: 'unknown' });
    await place(bench, NAMED);
    expect(await place(bench, NAMED)).toMatchObject({ outcome: 'accepted', replayed: true });
    expect(sent(bench)).toHaveLength(1);
  });
});

describe('the same ticket again', () => {
  it('within the time of the plan is taken for a repeat, and is sent only where a second one is meant', async () => {
    const bench = desk({ duplicateSeconds: 10 });
    await place(bench, ORDER);
    expect(await bench.refusal('place_order', ORDER)).toMatchObject({
      code: 'limit_exceeded',
      details: { rule: 'duplicate' },
      advice: expect.stringContaining('allow_duplicate'),
    });
    expect(await place(bench, { ...ORDER, allow_duplicate: true })).toMatchObject({ outcome: 'accepted' });
    expect(sent(bench)).toHaveLength(2);
  });

  it.each([
    [9_999, 'refused'],
    [10_000, 'refused'],
    [10_001, 'sent'],
  ])('after %d ms is %s', async (afterMs, end) => {
    const bench = desk({ duplicateSeconds: 10 });
    await place(bench, ORDER);
    bench.clock.set(MANUAL_CLOCK_START + afterMs);
    const outcome = await bench.run('place_order', ORDER);
    expect(outcome.kind).toBe(end === 'sent' ? 'answer' : 'error');
  });

  it('is no repeat after one that never reached the broker', async () => {
    const bench = desk();
    bench.state.sends = [{ kind: 'not-sent' }];
    expect(await place(bench, ORDER)).toMatchObject({ outcome: 'rejected' });
    expect(await place(bench, ORDER)).toMatchObject({ outcome: 'accepted' });
  });

  it('asked many times at once without a name is sent once', async () => {
    const bench = desk();
    const outcomes = await bench.settle(
      Promise.all(Array.from({ length: 10 }, () => bench.start('place_order', ORDER))),
    );
    expect(outcomes.filter(({ kind }) => kind === 'answer')).toHaveLength(1);
    expect(sent(bench)).toHaveLength(1);
  });
});
