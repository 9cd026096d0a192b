import { beforeAll, describe, expect, it } from 'vitest';
import { epochMs, type EpochMs } from '../../../src/core/clock.ts';
import { compare, decimal, negate, sum, type Decimal } from '../../../src/core/decimal.ts';
import type { WireObject } from '../../../src/simulator/engine/desk.ts';
import { codes, DAY, list } from '../../support/simulator-desk/desk-bench.ts';
import { createWorld, type World } from '../../support/simulator-desk/desk-world.ts';

const BUSY = '5WX00001';
const RESIDENT_ACCOUNTS = ['5WX00001', '5WX00002', '5WX00003', '5WX00004', '5WX00005'];
const amount = (of: WireObject, key: string): Decimal => decimal(String(of[key]));
const signed = (of: WireObject, key: string): Decimal =>
  of[`${key}-effect`] === 'Debit' ? negate(amount(of, key)) : amount(of, key);
const time = (of: WireObject, key: string): EpochMs => epochMs(Date.parse(String(of[key])));

let world: World;
beforeAll(() => {
  world = createWorld();
});

describe('the residents', () => {
  it('are four, with accounts that are obviously nobody’s', () => {
    const { desk } = world;
    expect(desk.customers.map(({ id, scopes }) => [id, scopes.join(' ')])).toEqual([
      ['margin', 'read trade'],
      ['cash', 'read trade'],
      ['two-accounts', 'read trade'],
      ['read-only', 'read'],
    ]);
    expect(desk.customers.flatMap((customer) => customer.accounts)).toEqual(RESIDENT_ACCOUNTS);
    expect(desk.account('5WX00002')).toMatchObject({ 'margin-or-cash': 'Cash', 'is-futures-approved': false });
    expect(desk.tradingStatus(BUSY)).toMatchObject({
      'is-futures-enabled': true,
      'is-cryptocurrency-enabled': true,
      'options-level': 'No Restrictions',
    });
  });

  it('hold what their accounts may hold', () => {
    const types = (number: string): unknown[] =>
      [
        ...new Set(
          world.desk
            .positions(number, { includeMarks: false, includeClosed: false })
            .map((position) => position['instrument-type']),
        ),
      ].toSorted();
    expect(types(BUSY)).toEqual(['Cryptocurrency', 'Equity', 'Equity Option', 'Future']);
    expect(types('5WX00002')).toEqual(['Equity', 'Equity Option']);
  });

  it('owe nothing', () => {
    for (const number of RESIDENT_ACCOUNTS) {
      const balances = world.desk.balances(number);
      expect(compare(amount(balances, 'derivative-buying-power'), decimal('0')), number).toBe(1);
      expect(compare(amount(balances, 'cash-balance'), decimal('0')), number).toBe(1);
    }
  });
});

describe('the busy past', () => {
  const transactions = (): readonly WireObject[] => world.desk.transactions(BUSY, {});
  const orders = (): readonly WireObject[] => world.desk.orders(BUSY, {});
  const since = (rows: readonly WireObject[], key: string, days: number): number =>
    rows.filter((row) => time(row, key) > world.clock.now() - days * DAY).length;

  it('fills pages: 600 transactions and 250 orders and more, of every kind, plenty of them recent', () => {
    expect(transactions().length).toBeGreaterThanOrEqual(600);
    expect(orders().length).toBeGreaterThanOrEqual(250);
    expect([...new Set(transactions().map((row) => row['transaction-type']))].toSorted()).toEqual([
      'Money Movement',
      'Receive Deliver',
      'Trade',
    ]);
    expect(since(transactions(), 'executed-at', 90)).toBeGreaterThan(100);
    expect(since(transactions(), 'executed-at', 365)).toBeGreaterThan(350);
    expect(since(orders(), 'received-at', 90)).toBeGreaterThan(60);
    expect([...new Set(orders().map((row) => row['status']))].toSorted()).toEqual([
      'Cancelled',
      'Expired',
      'Filled',
      'Live',
    ]);
  });

  it('is told newest first, with ids that descend', () => {
    for (const [rows, key] of [
      [transactions(), 'executed-at'],
      [orders(), 'received-at'],
    ] as const) {
      const times = rows.map((row) => time(row, key));
      expect(times).toEqual(times.toSorted((a, b) => b - a));
    }
    const ids = transactions().map((row) => Number(row['id']));
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(orders().map((row) => row['id'])).size).toBe(orders().length);
  });

  it('adds up: the cash is the sum of all net values, and the positions the sum of all fills', () => {
    for (const number of RESIDENT_ACCOUNTS) {
      const cash = sum(world.desk.transactions(number, {}).map((row) => signed(row, 'net-value')));
      expect(amount(world.desk.balances(number), 'cash-balance')).toBe(cash);
    }
  });

  it('traded at the prices that the market showed then', () => {
    const filled = orders()
      .filter((order) => order['status'] === 'Filled')
      .slice(0, 60);
    for (const leg of filled.flatMap((order) => list(order, 'legs'))) {
      const [fill] = list(leg, 'fills');
      const at = time(fill ?? {}, 'filled-at');
      const contract = world.market.find(String(leg['symbol']), at);
      if (fill === undefined || contract === undefined) throw new Error(`${String(leg['symbol'])} was not listed`);
      const { bid, ask } = world.market.quote(contract, at);
      expect(amount(fill, 'fill-price'), String(leg['symbol'])).toBe(
        String(leg['action']).startsWith('Buy') ? ask : bid,
      );
    }
  });

  it('traded only while the market was open', () => {
    const trades = transactions().filter((row) => row['transaction-type'] === 'Trade');
    expect(trades.filter((row) => !world.market.calendar.isOpen('Equity', time(row, 'executed-at')))).toEqual([]);
  });

  it('every trade belongs to an order that is there', () => {
    const ids = new Set(orders().map((row) => row['id']));
    expect(transactions().filter((row) => row['order-id'] !== undefined && !ids.has(row['order-id']))).toEqual([]);
  });

  it('can be searched', () => {
    const { desk } = world;
    const from = epochMs(world.clock.now() - 90 * DAY);
    expect(desk.transactions(BUSY, { from }).every((row) => time(row, 'executed-at') >= from)).toBe(true);
    expect(
      new Set(
        desk
          .transactions(BUSY, { types: ['Trade'], subTypes: ['Buy to Open'] })
          .map((row) => row['transaction-sub-type']),
      ),
    ).toEqual(new Set(['Buy to Open']));
    expect(
      new Set(
        desk.orders(BUSY, { underlyingInstrumentType: 'Future' }).map((row) => row['underlying-instrument-type']),
      ),
    ).toEqual(new Set(['Future']));
    expect(desk.orders(BUSY, { ascending: true })[0]).toEqual(orders().at(-1));
    expect(new Set(desk.orders(BUSY, { statuses: ['Cancelled'] }).map((row) => row['status']))).toEqual(
      new Set(['Cancelled']),
    );
  });

  it('cannot be changed any more', () => {
    const [filled] = world.desk.orders(BUSY, { statuses: ['Filled'] });
    expect(codes(world.desk.cancel(BUSY, Number(filled?.['id'])))).toEqual(['cannot_update_order']);
  });

  it('still has one order at work, which is a live one', () => {
    const live = world.desk.liveOrders(BUSY).filter((order) => order['cancellable'] === true);
    expect(live).toEqual([expect.objectContaining({ status: 'Live', 'time-in-force': 'GTC' })]);
  });
});

describe('net liquidating value', () => {
  it.each([
    ['1d', 5],
    ['1w', 30],
    ['1m', 40],
    ['3m', 60],
    ['6m', 120],
    ['1y', 245],
    ['all', 90],
  ] as const)('over %s', (timeBack, atLeast) => {
    const points = world.desk.netLiqHistory(BUSY, { timeBack });
    expect(points.length).toBeGreaterThanOrEqual(atLeast);
    const times = points.map((point) => String(point['time']));
    expect(times).toEqual(times.toSorted());
    for (const point of points) expect(compare(amount(point, 'high'), amount(point, 'low'))).toBeGreaterThanOrEqual(0);
  });

  it('ends where the balance is', () => {
    const points = world.desk.netLiqHistory(BUSY, { timeBack: '1d' });
    expect(points.at(-1)?.['close']).toBe(
      String(Number(Number(world.desk.balances(BUSY)['net-liquidating-value']).toFixed(4))),
    );
  });

  it('begins with the account, and at an asked instant', () => {
    expect(world.desk.netLiqHistory(BUSY, { timeBack: 'all' })[0]?.['open']).toBe('250000.0');
    const startAt = epochMs(world.clock.now() - 10 * DAY);
    const [first] = world.desk.netLiqHistory(BUSY, { startAt });
    expect(Date.parse(`${String(first?.['time']).replace(' ', 'T')}:00`)).toBeGreaterThanOrEqual(startAt);
  });

  it('gives a snapshot for each of the last days', () => {
    const days = world.desk.balanceSnapshots(BUSY).map((row) => String(row['snapshot-date']));
    expect(days.length).toBeGreaterThan(15);
    expect(days).toEqual(days.toSorted().toReversed());
  });
});
