import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../support/manual-clock.ts';
import { openSimulator } from './open-simulator.ts';

const order = {
  'order-type': 'Limit',
  'time-in-force': 'GTC',
  price: '1.0',
  'price-effect': 'Debit',
  legs: [{ 'instrument-type': 'Equity', symbol: 'SPY', action: 'Buy to Open', quantity: 1 }],
  'external-identifier': 'kept-over-night',
};

describe('a simulator that is stopped and started', () => {
  it('goes on from its snapshot: orders, market, clock and grants', async () => {
    const grantKey = randomBytes(32).toString('hex');
    const clock = createManualClock();
    const first = await openSimulator({ grantKey, clock });
    const token = await first.login('margin');
    const account = await first.accountOf(token);
    first.simulator.control.moveMarket('SPY', 1.25);
    first.simulator.control.shiftClock(60_000);
    await first.ask('POST', `/accounts/${account}/orders`, { token, body: order });
    const grant = first.simulator.grantFor('margin');
    const quote = await first.ask('GET', '/market-data/by-type?equity=SPY', { token });
    const balances = await first.ask('GET', `/accounts/${account}/balances`, { token });
    const snapshot: unknown = JSON.parse(JSON.stringify(first.simulator.snapshot()));
    await first.simulator.close();

    const second = await openSimulator({ grantKey, clock, snapshot: { ...(snapshot as object) } });
    expect(second.simulator.grantFor('margin')).toEqual(grant);
    expect((await second.ask('GET', '/customers/me', { token })).status).toBe(401);
    const again = await second.login('margin');
    const live = await second.ask('GET', `/accounts/${account}/orders/live`, { token: again });
    expect(live.items().map((one) => one['external-identifier'])).toContain('kept-over-night');
    expect((await second.ask('GET', '/market-data/by-type?equity=SPY', { token: again })).json).toEqual(quote.json);
    const later = await second.ask('GET', `/accounts/${account}/balances`, { token: again });
    expect(later.at('data.cash-balance')).toBe(balances.at('data.cash-balance'));
    await second.simulator.close();
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  it('is the same world for the same seed, and another for another', async () => {
    const marketOf = async (seed: string): Promise<unknown> => {
      const open = await openSimulator({ seed });
      const token = await open.login('margin');
      const { json } = await open.ask('GET', '/market-data/by-type?equity=SPY,AAPL&index=VIX&future=/ESZ6', { token });
      await open.simulator.close();
      return json;
    };
    expect(await marketOf('one')).toEqual(await marketOf('one'));
    expect(await marketOf('one')).not.toEqual(await marketOf('two'));
  });

  it('does not start from a damaged snapshot, and does not listen then', async () => {
    await expect(openSimulator({ snapshot: { version: 1 } })).rejects.toThrow(RangeError);
  });

  it('rejects when its port is taken', async () => {
    const open = await openSimulator();
    const port = Number(new URL(open.simulator.restUrl).port);
    await expect(openSimulator({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await open.simulator.close();
  });
});
