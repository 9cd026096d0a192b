import { describe, expect, it } from 'vitest';
import { accountNumber } from '../../../src/broker/model/symbol.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import type { Bench } from '../../support/fake-broker-bench.ts';
import { account } from '../../support/tenant-broker.ts';
import { call, desk, hold, stock } from './order-desk.ts';

const ORDER = { legs: [call(600, 'Buy to Open')], price: -12.35, client_order_id: 'mine-1' };
const look = (bench: Bench, args: object) => bench.ask('get_order', args);

describe('get_order', () => {
  it("finds an order by the broker's name, by ours and by the caller's: the same one", async () => {
    const bench = desk();
    const { external_id } = await bench.ask('place_order', ORDER);
    const [byOrder, byExternal, byClient] = [
      await look(bench, { order_id: '1001' }),
      await look(bench, { external_id }),
      await look(bench, { client_order_id: 'mine-1' }),
    ];
    expect(byOrder).toEqual(byExternal);
    expect(byClient).toEqual(byExternal);
    expect(byOrder).toMatchObject({
      external_id,
      client_order_id: 'mine-1',
      action: 'place',
      state: 'accepted',
      outcome: 'accepted',
      needs_a_person: false,
      reasons: [],
      sent_at: '2026-11-23T15:00:00.000Z',
      order: {
        order_id: '1001',
        status: 'Live',
        order_type: 'Limit',
        price: '-12.35',
        legs: [{ action: 'Buy to Open' }],
      },
    });
  });

  it('knows an order that was not sent through here', async () => {
    const bench = desk();
    await bench.ask('place_order', ORDER);
    bench.state.orders = bench.state.orders.map(({ externalId: _, ...order }) => order);
    const data = await look(bench, { order_id: '1001' });
    expect(data).toMatchObject({ order: { order_id: '1001' } });
    expect(data).not.toHaveProperty('state');
  });

  it('looks for an unknown one at the broker, and says what became of it', async () => {
    const bench = desk();
    bench.state.sends = [{ kind: 'unknown-but-there', visibleAfterLooks: 4 }];
    const { outcome, external_id } = await bench.ask('place_order', ORDER);
    expect(outcome).toBe('unknown');
    expect(await look(bench, { external_id })).toMatchObject({
      state: 'settled',
      settlement: 'found',
      outcome: 'accepted',
      order: { order_id: '1001' },
    });
  });

  it('says of one that is still unknown what to do, and of one that is surely absent that it never arrived', async () => {
    const bench = desk();
    bench.state.sends = [{ kind: 'unknown-not-there' }];
    const { external_id } = await bench.ask('place_order', ORDER);
    expect(await bench.run('get_order', { external_id })).toMatchObject({
      data: { state: 'unknown', outcome: 'unknown', what_to_do: expect.stringContaining('Do not send it again') },
      text: expect.stringContaining('Do not send it again'),
    });
    await bench.clock.advance(40_000);
    expect(await look(bench, { external_id })).toMatchObject({
      state: 'settled',
      settlement: 'absent',
      outcome: 'rejected',
      reasons: [{ code: 'never_arrived' }],
    });
  });

  it('names a person where looking has failed for too long', async () => {
    const bench = desk();
    bench.state.sends = [{ kind: 'unknown-not-there' }];
    const { external_id } = await bench.ask('place_order', ORDER);
    bench.fail('orders.findByExternalId', new GatewayError('broker_unavailable', 'Down.'));
    await bench.clock.advance(60_000);
    expect(await look(bench, { external_id })).toMatchObject({
      state: 'unknown',
      needs_a_person: true,
      what_to_do: expect.stringContaining('flagged for a person'),
    });
  });

  it('tells why one was rejected', async () => {
    const bench = desk();
    bench.state.sends = [{ kind: 'refuse', code: 'margin_check_failed', message: 'Not enough.' }];
    const { external_id } = await bench.ask('place_order', ORDER);
    expect(await look(bench, { external_id })).toMatchObject({
      state: 'rejected',
      reasons: [{ code: 'margin_check_failed', message: 'Not enough.' }],
    });
  });

  it('knows nothing of what is not there, or is another account’s or another tenant’s', async () => {
    const bench = desk();
    const { external_id } = await bench.ask('place_order', ORDER);
    const absent = await bench.refusal('get_order', { external_id: '00000000-0000-4000-8000-999999999999' });
    expect(absent).toMatchObject({ code: 'not_found' });
    const stranger = bench.as({ tenantId: 'tenant-2' });
    expect(await stranger.refusal('get_order', { external_id })).toEqual(absent);
    expect(await stranger.refusal('get_order', { client_order_id: 'mine-1' })).toEqual(absent);
    bench.state.accounts.push(account('5WT00002'));
    const elsewhere = { account_number: accountNumber('5WT00002') };
    expect(await bench.refusal('get_order', { ...elsewhere, external_id })).toEqual(absent);
    expect(await bench.refusal('get_order', { order_id: '4711', account_number: '5WT00001' })).toMatchObject({
      code: 'not_found',
    });
  });

  it.each([{}, { order_id: '1', client_order_id: 'x' }, { order_id: null, external_id: null }])(
    'asks for one name: %j',
    async (args) => {
      expect(await desk().refusal('get_order', args)).toMatchObject({
        code: 'invalid_input',
        advice: expect.stringContaining('exactly one'),
      });
    },
  );

  it('shows a reader, and changes nothing', async () => {
    const bench = desk();
    hold(bench, 'SPY', 100);
    await bench.ask('place_order', { legs: [stock('Sell')], price: 610, client_order_id: 'close-1' });
    const before = bench.ledger.all();
    await look(bench, { client_order_id: 'close-1' });
    expect(bench.ledger.all()).toEqual(before);
  });
});
