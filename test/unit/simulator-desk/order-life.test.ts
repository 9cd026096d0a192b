import { describe, expect, it } from 'vitest';
import {
  accepted,
  codes,
  createBench,
  DAY,
  field,
  HOUR,
  limit,
  list,
  market,
  OPEN_AT,
  SECOND,
} from '../../support/simulator-desk/desk-bench.ts';

const NIGHT = OPEN_AT + 12 * HOUR;
const CALL = 'AAPL  261218C00200000';
const HIGHER_CALL = 'AAPL  261218C00210000';

describe('an order on its way', () => {
  it('is seen routed, in flight, live and filled, in that order', () => {
    const bench = createBench();
    const answer = accepted(bench.submit(limit(-250, [['Buy to Open', 10, 'AAPL']])));
    const id = Number(field(answer, 'order')['id']);
    const seen = [field(answer, 'order')['status']];
    for (const ms of [20, 30]) {
      bench.pass(ms);
      seen.push(bench.order(id)['status']);
    }
    expect(seen).toEqual(['Routed', 'In Flight', 'Filled']);
    expect(bench.events.filter((event) => event.type === 'Order').map((event) => event.data['status'])).toEqual([
      'Routed',
      'In Flight',
      'Live',
      'Filled',
    ]);
    expect(bench.events.map((event) => event.type)).toContain('AccountBalance');
    expect(bench.events.map((event) => event.type)).toContain('CurrentPosition');
  });

  it('buys at the ask and sells at the bid, never between', () => {
    const bench = createBench();
    const bought = bench.place(limit(-250, [['Buy to Open', 10, 'AAPL']]));
    bench.pass(SECOND);
    const sold = bench.place(market([['Sell to Close', 10, 'AAPL']]));
    bench.pass(SECOND);
    const prices = [bought, sold].map((id) => list(list(bench.order(id), 'legs')[0], 'fills')[0]?.['fill-price']);
    expect(prices).toEqual(['200.1', '200.0']);
  });

  it('waits while its limit is not met, then fills', () => {
    const bench = createBench();
    const id = bench.place(limit(-199, [['Buy to Open', 10, 'AAPL']]));
    bench.pass(5 * SECOND);
    expect(bench.order(id)['status']).toBe('Live');
    bench.quote('AAPL', { bid: '198.90', ask: '198.95' });
    bench.pass(SECOND);
    expect(bench.order(id)['status']).toBe('Filled');
  });

  it('fills in parts, as much as is shown each time', () => {
    const bench = createBench();
    bench.quote('AAPL', { bid: '200', ask: '200.10', askSize: '40' });
    const id = bench.place(limit(-201, [['Buy to Open', 100, 'AAPL']]));
    bench.pass(60);
    expect(bench.order(id)['status']).toBe('Live');
    const remaining = [list(bench.order(id), 'legs')[0]?.['remaining-quantity']];
    for (let i = 0; i < 2; i += 1) {
      bench.pass(SECOND);
      remaining.push(list(bench.order(id), 'legs')[0]?.['remaining-quantity']);
    }
    expect(remaining).toEqual([60, 20, 0]);
    expect(list(list(bench.order(id), 'legs')[0], 'fills').map((fill) => fill['quantity'])).toEqual([40, 40, 20]);
    expect(bench.order(id)['status']).toBe('Filled');
  });

  it('fills several legs together at the net of their sides', () => {
    const bench = createBench();
    bench.quote(CALL, { bid: '5.00', ask: '5.10' });
    bench.quote(HIGHER_CALL, { bid: '2.00', ask: '2.10' });
    const spread = [
      ['Buy to Open', 2, CALL],
      ['Sell to Open', 2, HIGHER_CALL],
    ] as const;
    const tooCheap = bench.place(limit(-3.05, spread));
    bench.pass(3 * SECOND);
    expect(bench.order(tooCheap)['status']).toBe('Live');
    const natural = bench.place(limit(-3.1, spread));
    bench.pass(SECOND);
    const prices = list(bench.order(natural), 'legs').map((leg) => list(leg, 'fills')[0]?.['fill-price']);
    expect(bench.order(natural)['status']).toBe('Filled');
    expect(prices).toEqual(['5.1', '2.0']);
    expect(bench.order(natural)['size']).toBe(2);
  });

  it('does not trade against a side that nobody offers', () => {
    const bench = createBench();
    bench.quote(CALL, { bid: '0', ask: '0.05', bidSize: '0' });
    bench.place(limit(-0.05, [['Buy to Open', 1, CALL]]));
    bench.pass(SECOND);
    const id = bench.place(market([['Sell to Close', 1, CALL]]));
    bench.pass(10 * SECOND);
    expect(bench.order(id)['status']).toBe('Live');
  });
});

describe('time in force', () => {
  it('ends a day order at the close and keeps a GTC one', () => {
    const bench = createBench();
    const day = bench.place(limit(-100, [['Buy to Open', 1, 'AAPL']]));
    const kept = bench.place(limit(-100, [['Buy to Open', 1, 'AAPL']], { 'time-in-force': 'GTC' }));
    bench.pass(7 * HOUR);
    expect(bench.order(day)['status']).toBe('Expired');
    expect(bench.order(day)['terminal-at']).toBe('2026-11-23T21:00:00.000+00:00');
    expect(bench.order(kept)['status']).toBe('Live');
    bench.pass(3 * DAY);
    expect(bench.order(kept)['status']).toBe('Live');
  });

  it('ends a GTD order at the close of its date', () => {
    const bench = createBench();
    const id = bench.place(
      limit(-100, [['Buy to Open', 1, 'AAPL']], { 'time-in-force': 'GTD', 'gtc-date': '2026-11-25' }),
    );
    bench.pass(2 * DAY);
    expect(bench.order(id)['status']).toBe('Live');
    bench.pass(7 * HOUR);
    expect(bench.order(id)).toMatchObject({ status: 'Expired', 'terminal-at': '2026-11-25T21:00:00.000+00:00' });
  });

  it('takes what an IOC order can get and cancels the rest', () => {
    const bench = createBench();
    bench.quote('AAPL', { bid: '200', ask: '200.10', askSize: '30' });
    const id = bench.place(limit(-201, [['Buy to Open', 100, 'AAPL']], { 'time-in-force': 'IOC' }));
    bench.pass(SECOND);
    expect(bench.order(id)['status']).toBe('Cancelled');
    expect(list(bench.order(id), 'legs')[0]?.['remaining-quantity']).toBe(70);
  });

  it('keeps what comes at night for the next session, and warns', () => {
    const bench = createBench({ startMs: NIGHT });
    const answer = accepted(bench.submit(limit(-250, [['Buy to Open', 1, 'AAPL']])));
    expect(list(answer, 'warnings').map((warning) => warning['code'])).toEqual(['tif.next_valid_session']);
    const id = Number(field(answer, 'order')['id']);
    bench.pass(HOUR);
    expect(bench.order(id)['status']).toBe('Received');
    bench.pass(12 * HOUR);
    expect(bench.order(id)).toMatchObject({ status: 'Filled', 'live-at': '2026-11-24T14:30:00.050+00:00' });
  });

  it('lets an extended order trade before the open, and futures at night', () => {
    const bench = createBench({ startMs: OPEN_AT - 1.25 * HOUR });
    const early = bench.place(limit(-250, [['Buy to Open', 1, 'AAPL']], { 'time-in-force': 'Ext' }));
    const future = bench.place(limit(-6100, [['Buy', 1, '/ESZ6']]));
    bench.pass(SECOND);
    expect(bench.order(early)['status']).toBe('Filled');
    expect(bench.order(future)['status']).toBe('Filled');
    expect(list(bench.order(future), 'legs')[0]).toMatchObject({ action: 'Buy to Open' });
  });

  it('knows no night when every market is always open', () => {
    const bench = createBench({ startMs: NIGHT, alwaysOpen: true });
    const id = bench.place(market([['Buy to Open', 1, 'AAPL']]));
    bench.pass(SECOND);
    expect(bench.order(id)['status']).toBe('Filled');
  });
});

describe('orders that wait for a price', () => {
  it('wakes a stop when the last sale touches it, and trades at the other side', () => {
    const bench = createBench();
    bench.place(market([['Buy to Open', 10, 'AAPL']]));
    bench.pass(SECOND);
    const id = bench.place({
      'order-type': 'Stop',
      'time-in-force': 'GTC',
      'stop-trigger': '195.00',
      legs: [{ 'instrument-type': 'Equity', symbol: 'AAPL', action: 'Sell to Close', quantity: 10 }],
    });
    bench.pass(5 * SECOND);
    expect(bench.order(id)['status']).toBe('Live');
    bench.quote('AAPL', { bid: '194.50', ask: '194.60', last: '194.90' });
    bench.pass(SECOND);
    expect(bench.order(id)['status']).toBe('Filled');
    expect(list(list(bench.order(id), 'legs')[0], 'fills')[0]?.['fill-price']).toBe('194.5');
  });

  it('holds a stop limit to its limit once it is awake', () => {
    const bench = createBench();
    const id = bench.place(
      limit(-205, [['Buy to Open', 1, 'AAPL']], { 'order-type': 'Stop Limit', 'stop-trigger': '203.00' }),
    );
    bench.quote('AAPL', { bid: '206', ask: '206.10', last: '206' });
    bench.pass(2 * SECOND);
    expect(bench.order(id)['status']).toBe('Live');
    bench.quote('AAPL', { bid: '202', ask: '202.10', last: '202' });
    bench.pass(SECOND);
    expect(bench.order(id)['status']).toBe('Filled');
  });

  it('routes and cancels by conditions', () => {
    const bench = createBench();
    const condition = (action: string, comparator: string, threshold: string) => ({
      action,
      symbol: 'MSFT',
      'instrument-type': 'Equity',
      indicator: 'last',
      comparator,
      threshold,
    });
    const rules = { conditions: [condition('route', 'gte', '410'), condition('cancel', 'gte', '420')] };
    const filled = bench.place(limit(-250, [['Buy to Open', 1, 'AAPL']], { rules }));
    const waiting = bench.place(limit(-100, [['Buy to Open', 1, 'AAPL']], { rules }));
    bench.pass(2 * SECOND);
    expect(bench.order(filled)).toMatchObject({ status: 'Contingent', 'contingent-status': 'Pending Condition' });
    bench.quote('MSFT', { bid: '411', ask: '411.10', last: '411' });
    bench.pass(2 * SECOND);
    expect([bench.order(filled)['status'], bench.order(waiting)['status']]).toEqual(['Filled', 'Live']);
    bench.quote('MSFT', { bid: '421', ask: '421.10', last: '421' });
    bench.pass(2 * SECOND);
    expect(bench.order(waiting)['status']).toBe('Cancelled');
  });

  it('routes after a time and cancels at one', () => {
    const bench = createBench();
    const rules = {
      'route-after': '2026-11-23T15:10:00.000Z',
      'cancel-at': '2026-11-23T15:20:00.000Z',
      conditions: [],
    };
    const id = bench.place(limit(-100, [['Buy to Open', 1, 'AAPL']], { rules }));
    bench.pass(60 * SECOND);
    expect(bench.order(id)['status']).toBe('Contingent');
    bench.pass(600 * SECOND);
    expect(bench.order(id)['status']).toBe('Live');
    bench.pass(600 * SECOND);
    expect(bench.order(id)['status']).toBe('Cancelled');
  });
});

describe('cancelling', () => {
  it('asks first and cancels a moment later', () => {
    const bench = createBench();
    const id = bench.place(limit(-100, [['Buy to Open', 1, 'AAPL']]));
    bench.pass(SECOND);
    expect(accepted(bench.desk.cancel(bench.account, id))['status']).toBe('Cancel Requested');
    bench.pass(60);
    expect(bench.order(id)).toMatchObject({ status: 'Cancelled', cancellable: false, editable: false });
  });

  it('cancels at once what has not left the house', () => {
    const bench = createBench({ startMs: NIGHT });
    const id = bench.place(limit(-100, [['Buy to Open', 1, 'AAPL']]));
    expect(accepted(bench.desk.cancel(bench.account, id))['status']).toBe('Cancelled');
  });

  it('refuses for what is over, and for what is unknown', () => {
    const bench = createBench();
    const id = bench.place(market([['Buy to Open', 1, 'AAPL']]));
    bench.pass(SECOND);
    const over = bench.desk.cancel(bench.account, id);
    expect([over.kind === 'refused' && over.status, codes(over)]).toEqual([422, ['cannot_update_order']]);
    const unknown = bench.desk.cancel(bench.account, 1);
    expect(unknown.kind === 'refused' && unknown.status).toBe(404);
  });
});

it('stores an external identifier and does not deduplicate by it', () => {
  const bench = createBench();
  const body = limit(-100, [['Buy to Open', 1, 'AAPL']], { 'external-identifier': 'intent-1' });
  const [first, second] = [bench.place(body), bench.place(body)];
  expect(first).not.toBe(second);
  expect([first, second].map((id) => bench.order(id)['external-identifier'])).toEqual(['intent-1', 'intent-1']);
});

it('changes nothing by a dry run', () => {
  const bench = createBench();
  bench.place(limit(-100, [['Buy to Open', 1, 'AAPL']]));
  const before = bench.desk.snapshot();
  const order = field(accepted(bench.dryRun(limit(-250, [['Buy to Open', 1, 'AAPL']]))), 'order');
  expect(order).toMatchObject({ 'updated-at': 0, status: 'Received' });
  expect(order).not.toHaveProperty('id');
  expect(bench.desk.snapshot()).toEqual(before);
});
