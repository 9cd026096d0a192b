import { beforeAll, describe, expect, it } from 'vitest';
import type { WireObject } from '../../../src/simulator/engine/desk.ts';
import { accepted, codes, SECOND } from '../../support/simulator-desk/desk-bench.ts';
import { createWorld, type World } from '../../support/simulator-desk/desk-world.ts';

let world: World;
beforeAll(() => {
  world = createWorld();
});

describe('who comes new', () => {
  it('gets a margin account of 100,000, the same in every desk', () => {
    const [one, other] = [createWorld('a'), createWorld('b')];
    other.desk.customer('somebody-else');
    const [number] = one.desk.customer('tenant-7').accounts;
    expect(other.desk.customer('tenant-7').accounts).toEqual([number]);
    expect(one.desk.balances(String(number))).toMatchObject({
      'cash-balance': '100000.0',
      'net-liquidating-value': '100000.0',
      'derivative-buying-power': '100000.0',
    });
    expect(one.desk.customer('tenant-7').scopes).toEqual(['read', 'trade']);
    expect(one.desk.netLiqHistory(String(number), { timeBack: '1y' })).toHaveLength(1);
  });

  it('shares an account with nobody', () => {
    const { desk } = createWorld();
    const numbers = Array.from({ length: 3000 }, (_none, index) => desk.customer(`tenant-${index}`).accounts[0]);
    expect(new Set(numbers).size).toBe(3000);
  });

  it.each(['', 'me?', 'Upper', '../margin', 'a'.repeat(65)])('is refused under the name %j', (id) => {
    expect(() => world.desk.customer(id)).toThrow(expect.objectContaining({ code: 'not_found' }));
  });

  it('finds no account that is not there', () => {
    expect(world.desk.account('5WX99999')).toBeUndefined();
    expect(() => world.desk.balances('5WX99999')).toThrow(expect.objectContaining({ code: 'not_found' }));
  });
});

describe('the desk as a function of its seed', () => {
  it('has the same past in two processes, whenever it is looked at', () => {
    const [one, other] = [createWorld('same'), createWorld('same')];
    other.desk.balances('5WX00003');
    for (const number of ['5WX00003', '5WX00005']) {
      expect(one.desk.transactions(number, {})).toEqual(other.desk.transactions(number, {}));
      expect(one.desk.orders(number, {})).toEqual(other.desk.orders(number, {}));
    }
  });

  it('has another past with another seed', () => {
    expect(createWorld('other').desk.transactions('5WX00005', {})).not.toEqual(
      createWorld('same').desk.transactions('5WX00005', {}),
    );
  });

  it('takes up a snapshot at a later start, past and all, and refuses a stranger’s', () => {
    const { desk, clock } = createWorld('kept');
    const number = '5WX00005';
    accepted(
      desk.submit(
        number,
        {
          'order-type': 'Market',
          'time-in-force': 'Day',
          legs: [{ 'instrument-type': 'Equity', symbol: 'SPY', action: 'Buy to Open', quantity: 1 }],
        },
        { dryRun: false },
      ),
    );
    clock.set(clock.now() + 5 * SECOND);
    desk.advance();
    const later = createWorld('kept', clock.now());
    later.desk.restore(JSON.parse(JSON.stringify(desk.snapshot())));
    expect(later.desk.transactions(number, {})).toEqual(desk.transactions(number, {}));
    expect(later.desk.orders(number, {})).toEqual(desk.orders(number, {}));
    expect(later.desk.balances(number)).toEqual(desk.balances(number));
    expect(() => createWorld('stranger').desk.restore(desk.snapshot())).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    );
  });
});

describe('watchlists', () => {
  const names = (lists: readonly WireObject[]): unknown[] => lists.map((entry) => entry['name']);
  const body = (name: string): WireObject => ({
    name,
    'watchlist-entries': [{ symbol: 'AAPL', 'instrument-type': 'Equity' }],
  });

  it('begin with names that have blanks and a slash', () => {
    expect(names(world.desk.watchlists('margin'))).toEqual(['Core Holdings', 'Futures / Crypto', 'earnings']);
    expect(names(world.desk.publicWatchlists()).length).toBeGreaterThan(1);
    expect(names(world.desk.pairsWatchlists()).length).toBeGreaterThan(1);
  });

  it('are made, replaced, renamed and removed, each customer’s alone', () => {
    const { desk } = createWorld();
    accepted(desk.putWatchlist('margin', body('mine'), { create: true }));
    expect(codes(desk.putWatchlist('margin', body('mine'), { create: true }))).toEqual(['watchlist_exists']);
    accepted(desk.putWatchlist('margin', body('ours'), { create: false, name: 'mine' }));
    expect(names(desk.watchlists('margin'))).toContain('ours');
    expect(names(desk.watchlists('margin'))).not.toContain('mine');
    expect(names(desk.watchlists('cash'))).not.toContain('ours');
    accepted(desk.deleteWatchlist('margin', 'ours'));
    expect(desk.deleteWatchlist('margin', 'ours')).toMatchObject({ status: 404 });
    expect(desk.putWatchlist('margin', body('x'), { create: false, name: 'x' })).toMatchObject({ status: 404 });
  });

  it('want a name and entries', () => {
    expect(codes(world.desk.putWatchlist('margin', {}, { create: true }))).toEqual(['name', 'watchlist-entries']);
    expect(
      codes(world.desk.putWatchlist('margin', { ...body('y'), 'watchlist-entries': [{}] }, { create: true })),
    ).toEqual(['watchlist-entries[0].symbol']);
  });
});
