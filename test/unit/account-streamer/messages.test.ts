import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessages } from '../../../src/broker/account-streamer/messages.ts';

const read = (message: unknown) => parseMessages(JSON.stringify(message));

/** Written after the recorded frames, without what they say of anybody. */
const FILL = { 'fill-id': '24_X', quantity: 100, 'fill-price': '100.0', 'filled-at': '2023-07-05T19:07:32.496+00:00' };
const LEG = { 'instrument-type': 'Equity', symbol: 'AAPL', action: 'Buy to Open', quantity: 100 };
const ORDER = {
  id: 1,
  'account-number': '5WT00000',
  'time-in-force': 'Day',
  'order-type': 'Market',
  status: 'Filled',
  'updated-at': 1_688_584_052_750,
  legs: [{ ...LEG, 'remaining-quantity': 0, fills: [FILL] }],
};

describe('messages of the account stream', () => {
  it('tell an order as REST shows it, with its fills and their ids', () => {
    expect(read({ type: 'Order', data: ORDER, timestamp: 1_688_595_114_405 })).toEqual([
      {
        kind: 'event',
        event: {
          kind: 'orders',
          at: 1_688_595_114_405,
          orders: [
            expect.objectContaining({
              id: '1',
              account: '5WT00000',
              status: 'Filled',
              updatedAt: 1_688_584_052_750,
              legs: [
                expect.objectContaining({
                  symbol: 'AAPL',
                  fills: [{ id: '24_X', quantity: '100', price: '100', at: Date.UTC(2023, 6, 5, 19, 7, 32, 496) }],
                }),
              ],
            }),
          ],
        },
      },
    ]);
  });

  it('tell the parts of a complex order', () => {
    const data = { id: 9, 'account-number': '5WT00000', orders: [{ ...ORDER, id: 2 }], 'trigger-order': ORDER };
    const [message] = read({ type: 'ComplexOrder', data });
    expect(message).toMatchObject({
      event: { kind: 'orders', orders: [{ id: '1' }, { id: '2', complexOrderId: '9' }] },
    });
  });

  it('say of balances and positions whose changed', () => {
    const balance = { type: 'AccountBalance', data: { 'account-number': '5WT00000', 'cash-balance': 'NaN' } };
    expect(read(balance)).toEqual([{ kind: 'event', event: { kind: 'balances', account: '5WT00000' } }]);
    const position = { type: 'CurrentPosition', data: { 'account-number': '5WT00000', symbol: 'AAPL' }, timestamp: 5 };
    expect(read(position)).toEqual([
      { kind: 'event', event: { kind: 'position', account: '5WT00000', symbol: 'AAPL', at: 5 } },
    ]);
  });

  it('may come several in one', () => {
    const order = { type: 'Order', data: ORDER };
    expect(read({ results: [order, { type: 'QuoteAlert', data: {} }, 7] }).map(({ kind }) => kind)).toEqual([
      'event',
      'unknown',
      'malformed',
    ]);
  });

  it('answer what was asked', () => {
    const ok = { status: 'ok', action: 'connect', 'web-socket-session-id': 'c8531fa0', value: ['5WT00000'] };
    expect(read(ok)).toEqual([{ kind: 'answer', action: 'connect', isOk: true }]);
    expect(read({ status: 'error', action: 'heartbeat', message: 'failed', 'request-id': 3 })).toEqual([
      { kind: 'answer', action: 'heartbeat', isOk: false, said: 'failed' },
    ]);
  });

  it('are skipped when their type is not read here, and malformed when it is and the content is not', () => {
    expect(read({ type: 'TradingStatus', data: {} })).toEqual([{ kind: 'unknown' }]);
    expect(read({ type: 'toString', data: {} })).toEqual([{ kind: 'unknown' }]);
    expect(
      read({ type: 'Order', data: { ...ORDER, legs: [{ ...LEG, fills: [{ ...FILL, quantity: 'x' }] }] } }),
    ).toEqual([{ kind: 'malformed' }]);
    expect(parseMessages(undefined)).toEqual([{ kind: 'malformed' }]);
    expect(parseMessages('{"type":')).toEqual([{ kind: 'malformed' }]);
  });

  it('never throw, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        for (const { kind } of parseMessages(text)) expect(['answer', 'event', 'unknown', 'malformed']).toContain(kind);
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom('Order', 'ComplexOrder', 'AccountBalance'), fc.jsonValue(), (type, data) => {
        expect(read({ type, data })).toHaveLength(1);
      }),
    );
  });
});
