import { describe, expect, it } from 'vitest';
import { decimal } from '../../../src/core/decimal.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { ACCOUNT } from '../../support/fake-broker-bench.ts';
import type { Bench } from '../../support/fake-broker-bench.ts';
import { call, desk, hold, sent, stock } from './order-desk.ts';

const SPREAD = { legs: [call(600, 'Buy to Open', 2), call(605, 'Sell to Open', 2)] };
const preview = (bench: Bench, args: object) => bench.ask('preview_order', args);

describe('preview_order', () => {
  it('shows legs, price, market, cost, payoff and rules, gives a confirmation, and sends nothing', async () => {
    const bench = desk();
    bench.state.preview = {
      kind: 'acceptable',
      effects: {
        buyingPower: { changeInBuyingPower: decimal('-641'), newBuyingPower: decimal('9359') },
        fees: decimal('-2.5'),
        warnings: [{ code: 'tif.next_valid_session', message: 'Next session.' }],
      },
    };
    const outcome = await bench.run('preview_order', SPREAD);
    expect(outcome).toMatchObject({
      kind: 'answer',
      data: {
        environment: 'paper',
        account_number: ACCOUNT,
        outcome: 'would_be_accepted',
        legs_in_words: ['Buy to open 2 SPY 2026-12-18 600 calls', 'Sell to open 2 SPY 2026-12-18 605 calls'],
        sent: {
          order_type: 'Limit',
          time_in_force: 'Day',
          price: '-3.2',
          legs: [
            { action: 'Buy to Open', quantity: '2' },
            { action: 'Sell to Open', quantity: '2' },
          ],
        },
        market: { mid: '-3.2', natural: '-3.3', opposite: '-3.1', age_ms: 100 },
        buying_power_change: '-641',
        buying_power_after: '9359',
        fees: '-2.5',
        warnings: [{ code: 'tif.next_valid_session' }],
        max_loss: '640',
        max_profit: '360',
        break_evens: ['603.2'],
        limits_refused: [],
        limits_not_checked: [],
        confirmation_needed: false,
        confirmation: expect.any(String),
        confirmation_expires_at: '2026-11-23T15:02:00.000Z',
      },
    });
    const { text } = outcome.kind === 'answer' ? outcome : { text: '' };
    expect(JSON.stringify(outcome)).toMatch(/"limits_checked":\[[^\]]*"notional: /u);
    for (const words of ['Buy to open 2 SPY', 'Limit at -3.2 (debit per unit)', 'Nothing was sent', 'max loss 640']) {
      expect(text).toContain(words);
    }
    expect(bench.calls.map(({ operation }) => operation)).toContain('orders.preview');
    expect(sent(bench)).toEqual([]);
    expect(bench.ledger.all()).toEqual([]);
  });

  it('tells a stop, its trigger and a day, just as they would be sent', async () => {
    const bench = desk();
    hold(bench, 'SPY', 100);
    const order = {
      order_type: 'Stop Limit',
      stop_trigger: 590,
      price: 589,
      time_in_force: 'GTD',
      good_until: '2026-12-01',
    };
    const data = await preview(bench, { legs: [stock('Sell to Close')], ...order });
    expect(data['sent']).toEqual({
      order_type: 'Stop Limit',
      time_in_force: 'GTD',
      good_until: '2026-12-01',
      price: '589',
      stop_trigger: '590',
      legs: [{ symbol: 'SPY', action: 'Sell to Close', quantity: '100' }],
    });
  });

  it('says what the plan wants of it', async () => {
    const told = async (plan: object) => (await preview(desk(plan), SPREAD))['confirmation_needed'];
    expect(await told({ confirm: 'always' })).toBe(true);
    expect(await told({ confirm: 'never' })).toBe(false);
    expect(await told({ confirm: { above: decimal(100) } })).toBe(true);
    expect(await told({ confirm: { above: decimal(1_000_000) } })).toBe(false);
  });

  it('gives no confirmation for what a rule refuses, and names the rule', async () => {
    const bench = desk({ maxContracts: decimal(1) });
    const data = await preview(bench, SPREAD);
    expect(data).not.toHaveProperty('confirmation');
    expect(data['limits_refused']).toEqual([expect.stringMatching(/^quantity: /u)]);
    expect(await bench.run('preview_order', SPREAD)).toMatchObject({
      text: expect.stringMatching(/AGAINST THE RULES: quantity: [^]*It cannot be sent as it is/u),
    });
  });

  it('gives no confirmation for what the broker would refuse', async () => {
    const bench = desk();
    const reasons = [{ code: 'margin_check_failed', message: 'Not enough.' }];
    bench.state.preview = {
      kind: 'refused',
      reasons,
      effects: { warnings: [], buyingPower: { changeInBuyingPower: decimal(-1) } },
    };
    const data = await preview(bench, SPREAD);
    expect(data).toMatchObject({ outcome: 'would_be_rejected', reasons });
    expect(data).not.toHaveProperty('confirmation');
  });

  it('tells a figure that could not be read as such, and no refusal of the broker that was none', async () => {
    const bench = desk();
    bench.fail('orders.preview', new GatewayError('broker_timeout', 'The broker did not answer.'));
    const data = await preview(bench, SPREAD);
    expect(data).toMatchObject({
      outcome: 'not_foretold',
      reasons: [{ code: 'dry_run_unreadable', message: 'The broker did not answer.' }],
      limits_not_checked: [expect.stringMatching(/^buying_power: /u)],
    });
    expect(data).not.toHaveProperty('confirmation');
  });

  it('of a closing order is sendable whatever could not be read', async () => {
    const bench = desk({ confirm: 'always' });
    hold(bench, 'SPY', 100);
    bench.fail('orders.preview', new GatewayError('broker_timeout', 'The broker did not answer.'));
    const order = { legs: [stock('Sell')], price: 600 };
    const data = await preview(bench, order);
    expect(data).toMatchObject({ outcome: 'not_foretold', confirmation: expect.any(String) });
    const { confirmation } = data;
    expect(await bench.ask('place_order', { ...order, confirmation })).toMatchObject({ outcome: 'accepted' });
  });

  it('sees an order that was just sent, unless a second one is meant', async () => {
    const bench = desk();
    await bench.ask('place_order', SPREAD);
    const again = await preview(bench, SPREAD);
    expect(again['limits_refused']).toEqual([expect.stringMatching(/^duplicate: /u)]);
    expect(again).not.toHaveProperty('confirmation');
    expect(await preview(bench, { ...SPREAD, allow_duplicate: true })).toHaveProperty('confirmation');
  });

  it('is given to traders only, and is the dry run of place_order', async () => {
    const [one, other] = [await preview(desk(), SPREAD), await desk().ask('place_order', { ...SPREAD, dry_run: true })];
    expect(one).toEqual(other);
  });
});
