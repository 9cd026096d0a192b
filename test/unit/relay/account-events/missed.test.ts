import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccountEvent } from '../../../../src/broker/model/account-event.ts';
import type { PlacedOrder } from '../../../../src/broker/model/order.ts';
import { accountNumber, brokerSymbol } from '../../../../src/broker/model/symbol.ts';
import { epochMs } from '../../../../src/core/clock.ts';
import { decimal } from '../../../../src/core/decimal.ts';
import { mergeMissed } from '../../../../src/relay/account-events/merge-missed.ts';
import { readOrders } from '../../../../src/relay/account-events/read-orders.ts';
import { tellOrder } from '../../../../src/relay/account-events/telling.ts';
import type { Telling } from '../../../../src/relay/account-events/telling.ts';
import { createManualClock, MANUAL_CLOCK_START } from '../../../support/manual-clock.ts';
import { calm } from '../../../support/upstream.ts';

const ACCOUNT = accountNumber('5WT00001');
const T0 = MANUAL_CLOCK_START;
const HOUR_MS = 3_600_000;

type Filled = { readonly id?: string; readonly at: number };

function order(id: number, fills: readonly Filled[], changes: Partial<PlacedOrder> = {}): PlacedOrder {
  const told = fills.map(({ at, ...fill }) => ({ ...fill, at: epochMs(at), quantity: decimal(1), price: decimal(5) }));
  return {
    id: String(id),
    account: ACCOUNT,
    status: 'Live',
    orderType: 'Limit',
    timeInForce: 'Day',
    isCancellable: true,
    isEditable: true,
    updatedAt: epochMs(fills.at(-1)?.at ?? T0),
    legs: [{ symbol: brokerSymbol('SPY'), type: 'Equity', action: 'Buy to Open', quantity: decimal(9), fills: told }],
    ...changes,
  };
}

const now = epochMs(T0 + HOUR_MS);
const merge = (shown: readonly PlacedOrder[], heard: readonly PlacedOrder[], changes = {}) =>
  mergeMissed({
    gapKey: 'gap',
    from: epochMs(T0),
    to: now,
    since: epochMs(T0 - HOUR_MS),
    isWhole: true,
    accounts: [ACCOUNT],
    shown: shown.flatMap((one) => tellOrder(one, now)),
    heard: heard.flatMap((one) => tellOrder(one, now)),
    ...changes,
  });
const fillsOf = (tellings: readonly Telling[]): (string | undefined)[] =>
  tellings.flatMap(({ event, isPast }) => (event.kind === 'fill' && isPast !== true ? [event.fill.id] : []));

describe('what is told after a gap', () => {
  it('is the gap, what was missed and heard in order of time, and what to read again', () => {
    const tellings = merge(
      [
        order(2, [{ id: 'b', at: T0 + 20 }]),
        order(1, [
          { id: 'a', at: T0 + 10 },
          { id: 'd', at: T0 + 40 },
        ]),
      ],
      [
        order(2, [
          { id: 'b', at: T0 + 20 },
          { id: 'c', at: T0 + 30 },
        ]),
        order(3, [{ id: 'e', at: T0 + 50 }]),
      ],
    );
    expect(fillsOf(tellings)).toEqual(['a', 'b', 'c', 'd', 'e']);
    const kinds = tellings.map(({ event }) => event.kind);
    expect([kinds[0], ...kinds.slice(-2)]).toEqual(['gap', 'balances', 'positions']);
    expect(new Set(tellings.map(({ key }) => key)).size).toBe(tellings.length);
  });

  it('leaves out what was told long before, and keeps what was before the beginning to itself', () => {
    const shown = [
      order(1, [
        { id: 'old', at: T0 - 5 },
        { id: 'past', at: T0 + 5 },
        { id: 'new', at: T0 + 15 },
      ]),
    ];
    const tellings = merge(shown, [], { since: epochMs(T0), begunAt: epochMs(T0 + 10) });
    expect(fillsOf(tellings)).toEqual(['new']);
    expect(tellings.filter(({ isPast }) => isPast).map(({ key }) => key)).toEqual([expect.stringContaining('past')]);
  });

  it('tells as news what the stream has told, also where REST shows it as past', () => {
    const same = order(1, [{ id: 'a', at: T0 + 5 }]);
    expect(fillsOf(merge([same], [same], { begunAt: epochMs(T0 + 10) }))).toEqual(['a']);
  });

  it('has each fill once and in order, however a sequence is split between the stream and REST', () => {
    const fill = fc.record({ order: fc.integer({ min: 1, max: 4 }), laterMs: fc.constantFrom(0, 1, 50) });
    const sequences = fc.array(fill, { minLength: 1, maxLength: 30 }).chain((fills) =>
      fc.record({
        fills: fc.constant(fills),
        /** Up to which fill each order is shown by REST, and from which on the stream has told everything. */
        shown: fc.array(fc.nat(fills.length), { minLength: 4, maxLength: 4 }),
        heardFrom: fc.nat(fills.length),
      }),
    );
    fc.assert(
      fc.property(sequences, ({ fills, shown, heardFrom }) => {
        let at = T0;
        const all = fills.map((one, n) => ({ id: `fill-${n}`, order: one.order, at: (at += one.laterMs) }));
        const upTo = (id: number, count: number) =>
          order(
            id,
            all.slice(0, count).filter((one) => one.order === id),
          );
        // REST is read after the stream has begun to tell.
        const rows = [1, 2, 3, 4].map((id) => upTo(id, Math.max(heardFrom, shown[id - 1] ?? 0)));
        const heard = all.flatMap((one, n) => (n < heardFrom ? [] : [upTo(one.order, n + 1)]));
        const told = merge(rows, heard).flatMap(({ event }) => (event.kind === 'fill' ? [event] : []));
        expect(new Set(told.map((one) => one.fill.id))).toEqual(new Set(all.map(({ id }) => id)));
        expect(told).toHaveLength(all.length);
        const times = told.map((one) => one.at);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        for (const id of [1, 2, 3, 4]) {
          const own = told.filter((one) => one.orderId === String(id)).map((one) => one.fill.id);
          expect(own).toEqual(all.filter((one) => one.order === id).map((one) => one.id));
        }
      }),
    );
  });

  it('knows fills without an id by where they stand', () => {
    const keys = (fills: readonly Filled[]) =>
      tellOrder(order(1, fills), now).flatMap(({ key, event }) => (event.kind === 'fill' ? [key] : []));
    const two = keys([{ at: T0 }, { at: T0 }]);
    expect(new Set(two).size).toBe(2);
    expect(keys([{ at: T0 }])).toEqual(two.slice(0, 1));
  });

  it('tells a state after the fills that led to it, and without them', () => {
    const told = tellOrder(
      order(1, [{ id: 'a', at: T0 + 90 }], { status: 'Filled', updatedAt: epochMs(T0 + 80) }),
      now,
    );
    const events = told.map(({ event }): AccountEvent => event);
    expect(events.map(({ kind }) => kind)).toEqual(['fill', 'order']);
    expect(events[1]).toMatchObject({ at: T0 + 90, order: { status: 'Filled', legs: [{ symbol: 'SPY' }] } });
    expect(JSON.stringify(events[1])).not.toContain('fills');
  });
});

describe('reading the orders after a gap', () => {
  function bench(answers: readonly (readonly PlacedOrder[])[], pastTruncated = false) {
    const clock = createManualClock();
    const asked: string[] = [];
    let look = 0;
    const source = {
      live: async () => {
        asked.push('live');
        return answers[Math.min(look++, answers.length - 1)] ?? [];
      },
      past: async (_account: string, { startDate }: { startDate: string }) => {
        asked.push(`since ${startDate}`);
        return { rows: [order(7, [])], truncated: pastTruncated };
      },
    };
    const read = async (sinceMs: number | undefined) => {
      const since = sinceMs === undefined ? undefined : epochMs(sinceMs);
      const reading = readOrders(source, { accounts: [ACCOUNT], since, clock, ...calm });
      await clock.advance(10_000);
      return reading;
    };
    return { asked, read };
  }

  it('asks only for live ones within a day, or where nothing was told before', async () => {
    const { asked, read } = bench([[order(1, [])]]);
    expect(await read(T0 - HOUR_MS)).toMatchObject({ orders: [{ id: '1' }], isWhole: true });
    await read(undefined);
    expect(asked).toEqual(['live', 'live']);
  });

  it('goes as far back as an order may have been sent where the gap began on another day', async () => {
    const { asked, read } = bench([[order(1, [])]]);
    expect(await read(T0 - 24 * HOUR_MS)).toMatchObject({ orders: [{ id: '1' }, { id: '7' }], isWhole: true });
    expect(asked).toEqual(['live', 'since 2026-08-24']);
    expect(await bench([[]], true).read(T0 - 24 * HOUR_MS)).toMatchObject({ isWhole: false });
  });

  it('counts the evening as another day than the afternoon', async () => {
    // Ten in the morning in New York; the evening before is more than a day's change away.
    const { asked, read } = bench([[]]);
    await read(T0 - 13 * HOUR_MS);
    expect(asked).toHaveLength(2);
  });

  it('looks again where an order is filled and its fills are not all with it, a few times', async () => {
    const bare = order(1, [], { status: 'Filled', updatedAt: epochMs(T0) });
    const whole = order(
      1,
      Array.from({ length: 9 }, (_, n) => ({ id: `f${n}`, at: T0 })),
      { status: 'Filled' },
    );
    const patient = bench([[bare], [whole]]);
    expect((await patient.read(T0)).orders).toEqual([whole]);
    expect(patient.asked).toEqual(['live', 'live']);
    const given = bench([[bare]]);
    expect((await given.read(T0)).orders).toEqual([bare]);
    expect(given.asked).toHaveLength(3);
  });
});
