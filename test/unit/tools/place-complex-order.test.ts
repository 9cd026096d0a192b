import { describe, expect, it } from 'vitest';
import type { Bench } from '../../support/fake-broker-bench.ts';
import { call, desk, hold, sentComplex, stock } from './order-desk.ts';

const BUY = { legs: [stock('Buy to Open', 10)], price: -600 };
const PROFIT = { legs: [stock('Sell to Close', 10)], price: 650, time_in_force: 'GTC' };
const STOP = { legs: [stock('Sell to Close', 10)], order_type: 'Stop', stop_trigger: 580, time_in_force: 'GTC' };
const OTOCO = { type: 'OTOCO', orders: [BUY, PROFIT, STOP] };
const place = (bench: Bench, args: object) => bench.ask('place_complex_order', args);

describe('place_complex_order', () => {
  it('sends an OTOCO once, each part under an identifier of its own, and tells all parts', async () => {
    const bench = desk();
    const data = await place(bench, OTOCO);
    const id = String(data['external_id']);
    expect(sentComplex(bench)).toEqual([
      {
        type: 'OTOCO',
        trigger: {
          orderType: 'Limit',
          timeInForce: 'Day',
          price: '-600',
          legs: [{ symbol: 'SPY', type: 'Equity', action: 'Buy to Open', quantity: '10' }],
          externalId: id,
        },
        orders: [
          {
            orderType: 'Limit',
            timeInForce: 'GTC',
            price: '650',
            legs: [{ symbol: 'SPY', type: 'Equity', action: 'Sell to Close', quantity: '10' }],
            externalId: `${id}-2`,
          },
          {
            orderType: 'Stop',
            timeInForce: 'GTC',
            stopTrigger: '580',
            legs: [{ symbol: 'SPY', type: 'Equity', action: 'Sell to Close', quantity: '10' }],
            externalId: `${id}-3`,
          },
        ],
      },
    ]);
    expect(data).toMatchObject({
      outcome: 'accepted',
      order: { order_id: '1001', status: 'Live', complex_order_id: '101' },
      other_orders: [
        { order_id: '1002', status: 'Contingent' },
        { order_id: '1003', status: 'Contingent' },
      ],
    });
  });

  it('takes the first order of an OTO as the trigger', async () => {
    const bench = desk();
    await place(bench, { type: 'OTO', orders: [BUY, STOP] });
    expect(sentComplex(bench)).toMatchObject([
      { type: 'OTO', trigger: { price: '-600' }, orders: [{ stopTrigger: '580' }] },
    ]);
  });

  it('sends an OCO that closes what is held, without a trigger', async () => {
    const bench = desk();
    hold(bench, 'SPY', 10);
    expect(await place(bench, { type: 'OCO', orders: [PROFIT, STOP] })).toMatchObject({ outcome: 'accepted' });
    expect(sentComplex(bench)[0]).not.toHaveProperty('trigger');
    expect(bench.callsTo('orders.previewComplex')).toEqual([]);
  });

  it('on a dry run tells every order in words, gives the confirmation, and sends nothing', async () => {
    const bench = desk({ confirm: 'always' });
    const shown = await bench.run('place_complex_order', { ...OTOCO, dry_run: true });
    expect(shown).toMatchObject({
      data: {
        outcome: 'would_be_accepted',
        legs_in_words: [
          'Buy to open 10 shares of SPY',
          'Sell to close 10 shares of SPY',
          'Sell to close 10 shares of SPY',
        ],
        confirmation: expect.any(String),
        confirmation_needed: true,
      },
      text: expect.stringContaining('Order 3: Sell to close 10 shares of SPY; Stop once the market reaches 580, GTC'),
    });
    expect(sentComplex(bench)).toEqual([]);
    const confirmation = shown.kind === 'answer' ? shown.data['confirmation'] : undefined;
    expect(await place(bench, { ...OTOCO, confirmation })).toMatchObject({ outcome: 'accepted' });
    expect(await place(bench, { ...OTOCO, confirmation })).toMatchObject({ outcome: 'accepted', replayed: true });
    expect(sentComplex(bench)).toHaveLength(1);
  });

  it('takes the confirmation of one form for no other', async () => {
    const bench = desk({ confirm: 'always' });
    const { confirmation } = await place(bench, { ...OTOCO, dry_run: true });
    const others = [
      { type: 'OTO', orders: [BUY, PROFIT] },
      { type: 'OTOCO', orders: [BUY, STOP, PROFIT] },
      { type: 'OTOCO', orders: [BUY, { ...PROFIT, price: 651 }, STOP] },
      { type: 'OTOCO', orders: [BUY, PROFIT, { ...STOP, stop_trigger: 579 }] },
    ];
    for (const other of others) {
      expect(await bench.refusal('place_complex_order', { ...other, confirmation })).toMatchObject({
        code: 'confirmation_invalid',
      });
    }
    expect(sentComplex(bench)).toEqual([]);
  });

  it('keeps the limits: the trigger is not hidden behind what follows it', async () => {
    const bench = desk();
    const big = { legs: [stock('Buy to Open', 9_999)], price: -600 };
    expect(await bench.refusal('place_complex_order', { type: 'OTO', orders: [big, STOP] })).toMatchObject({
      code: 'limit_exceeded',
    });
    const naked = { legs: [call(600, 'Sell to Open')], price: 12.35 };
    expect(await bench.refusal('place_complex_order', { type: 'OTO', orders: [BUY, naked] })).toMatchObject({
      code: 'limit_exceeded',
      details: { rule: 'undefined_risk' },
    });
    expect(sentComplex(bench)).toEqual([]);
  });

  it('lets no plain Buy open in an order of which one cancels the other', async () => {
    const bench = desk();
    const open = { legs: [stock('Buy', 1)], price: -590 };
    const error = await bench.refusal('place_complex_order', { type: 'OCO', orders: [open, { ...open, price: -580 }] });
    expect(error).toMatchObject({ code: 'invalid_input', message: expect.stringContaining('close a position') });
  });

  it('is unknown after a cut connection, and found by its trigger', async () => {
    const bench = desk();
    bench.state.sends = [{ kind: 'unknown-but-there', visibleAfterLooks: 1 }];
    expect(await place(bench, OTOCO)).toMatchObject({ outcome: 'accepted', order: { order_id: '1001' } });
    const other = desk();
    other.state.sends = [{ kind: 'unknown-not-there' }];
    expect(await place(other, OTOCO)).toMatchObject({
      outcome: 'unknown',
      what_to_do: expect.stringContaining('get_order'),
    });
    expect(sentComplex(other)).toHaveLength(1);
  });

  it('under one client_order_id is sent once', async () => {
    const bench = desk();
    const named = { ...OTOCO, client_order_id: 'bracket-1' };
    const [first, second] = [await place(bench, named), await place(bench, named)];
    expect(second).toMatchObject({ replayed: true, external_id: first['external_id'] });
    expect(sentComplex(bench)).toHaveLength(1);
  });
});
