import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/core/clock.ts';
import { EventDecoder } from '../../../src/broker/dxlink/event-decoder.ts';
import { ACCEPTED_FIELDS } from '../../../src/broker/dxlink/market-events.ts';
import { parseFrame } from '../../../src/broker/dxlink/messages.ts';
import type { MarketEventKind } from '../../../src/broker/model/quote.ts';
import { compactRow } from '../../support/dxlink-peer.ts';
import { recorded, recordedTranscript } from '../../support/dxlink-recorded.ts';

const AS_OF = epochMs(1_764_000_000_000);
const KINDS: readonly MarketEventKind[] = ['Quote', 'Trade', 'Greeks', 'Summary'];

function decoderFor(eventFields: Readonly<Record<string, readonly string[]>> = ACCEPTED_FIELDS): EventDecoder {
  const decoder = new EventDecoder();
  decoder.configure(eventFields);
  return decoder;
}

function recordedData(name: string): readonly unknown[] {
  const parsed = parseFrame(recorded(name));
  if (parsed.kind !== 'frame' || parsed.frame.type !== 'FEED_DATA') throw new Error('Not a data frame');
  return parsed.frame.data;
}

describe('recorded frames', () => {
  it('give the quotes that were in them', () => {
    const decoder = decoderFor({ Quote: ['eventSymbol', 'bidPrice', 'askPrice', 'bidSize', 'askSize'] });
    expect(decoder.decode(recordedData('dxlink.feed-data-quote-compact'), AS_OF)).toEqual({
      events: [
        { kind: 'Quote', symbol: 'NVDA', bid: '131.66', ask: '131.67', bidSize: '760', askSize: '307', asOf: AS_OF },
        { kind: 'Quote', symbol: 'PLTR', bid: '124.05', ask: '124.07', bidSize: '275', askSize: '326', asOf: AS_OF },
      ],
      unreadable: 0,
    });
  });

  it('of a kind that is not read are passed over', () => {
    expect(decoderFor().decode(recordedData('dxlink.feed-data-candle-compact'), AS_OF)).toEqual({
      events: [],
      unreadable: 0,
    });
  });

  it('of a whole session decode by the fields the server told in it', () => {
    const decoder = new EventDecoder();
    const events = recordedTranscript().flatMap(({ msg }) => {
      const parsed = parseFrame(JSON.stringify(msg));
      if (parsed.kind !== 'frame') return [];
      if (parsed.frame.type === 'FEED_CONFIG') decoder.configure(parsed.frame.eventFields ?? {});
      return parsed.frame.type === 'FEED_DATA' ? decoder.decode(parsed.frame.data, AS_OF).events : [];
    });
    expect(events.slice(0, 3)).toEqual([
      { kind: 'Quote', symbol: 'SPY', bid: '1.1', ask: '1.2', bidSize: '3', askSize: '4', asOf: AS_OF },
      { kind: 'Quote', symbol: 'AAPL', bid: '2.1', bidSize: '3', askSize: '4', asOf: AS_OF },
      { kind: 'Trade', symbol: 'SPY', price: '1.15', asOf: AS_OF },
    ]);
  });
});

describe('COMPACT', () => {
  it('may hold several kinds in one frame', () => {
    const data = ['Quote', ['SPY', 1, 2, 3, 4], 'Trade', ['SPY', 1.5, 0.1, 'NaN', 'QQQ', 2.5, 0.2, 7]];
    const fields = {
      Quote: ['eventSymbol', 'bidPrice', 'askPrice', 'bidSize', 'askSize'],
      Trade: ['eventSymbol', 'price', 'change', 'dayVolume'],
    };
    const { events, unreadable } = decoderFor(fields).decode(data, AS_OF);
    expect(events.map(({ kind, symbol }) => `${kind} ${symbol}`)).toEqual(['Quote SPY', 'Trade SPY', 'Trade QQQ']);
    expect(unreadable).toBe(0);
  });

  it('follows a layout that is sent again, and keeps the others', () => {
    const decoder = decoderFor({ Quote: ['eventSymbol', 'bidPrice'], Trade: ['eventSymbol', 'price'] });
    decoder.configure({ Quote: ['askPrice', 'eventSymbol'] });
    expect(decoder.decode(['Quote', [2, 'SPY'], 'Trade', ['SPY', 1]], AS_OF).events).toEqual([
      { kind: 'Quote', symbol: 'SPY', ask: '2', asOf: AS_OF },
      { kind: 'Trade', symbol: 'SPY', price: '1', asOf: AS_OF },
    ]);
  });

  it.each([
    ['before its layout is known', {}, ['Quote', ['SPY', 1]]],
    ['that does not divide evenly', { Quote: ['eventSymbol', 'bidPrice'] }, ['Quote', ['SPY', 1, 'QQQ']]],
    ['without a list', { Quote: ['eventSymbol'] }, ['Quote']],
    ['whose symbol is none', { Quote: ['eventSymbol', 'bidPrice'] }, ['Quote', [1, 'SPY']]],
    ['whose symbol is not told', { Quote: ['bidPrice'] }, ['Quote', [1]]],
    ['of another type than it says', { Quote: ['eventType', 'eventSymbol'] }, ['Quote', ['Trade', 'SPY']]],
    ['in the old form with its fields in front', { Quote: ['eventSymbol'] }, [['Quote', ['eventSymbol']], ['SPY']]],
  ])('a block %s is counted, never guessed', (_, fields, data) => {
    const { events, unreadable } = decoderFor(fields).decode(data, AS_OF);
    expect(events).toEqual([]);
    expect(unreadable).toBeGreaterThan(0);
  });

  it('costs only the block that cannot be read', () => {
    const decoder = decoderFor({ Quote: ['eventSymbol', 'bidPrice'], Trade: ['eventSymbol', 'price'] });
    const decoded = decoder.decode(['Quote', ['SPY'], 'Trade', ['SPY', 1]], AS_OF);
    expect(decoded).toMatchObject({ events: [{ kind: 'Trade' }], unreadable: 1 });
  });
});

describe('FULL', () => {
  it('is read whatever was announced, and may leave fields out', () => {
    const data = [
      { eventType: 'Quote', eventSymbol: 'SPY', bidPrice: 1.25, askPrice: 'NaN', sequence: 7 },
      { eventType: 'Candle', eventSymbol: 'SPY{=d}', open: 1 },
      { eventType: 'Summary', eventSymbol: 'SPY', dayOpenPrice: 5 },
    ];
    expect(new EventDecoder().decode(data, AS_OF)).toEqual({
      events: [
        { kind: 'Quote', symbol: 'SPY', bid: '1.25', asOf: AS_OF },
        { kind: 'Summary', symbol: 'SPY', dayOpen: '5', asOf: AS_OF },
      ],
      unreadable: 0,
    });
  });

  it('reads own fields only', () => {
    const { events } = new EventDecoder().decode([Object.create({ eventType: 'Quote', eventSymbol: 'SPY' })], AS_OF);
    expect(events).toEqual([]);
  });
});

describe('numbers', () => {
  const bidOf = (value: unknown): unknown => {
    const decoder = decoderFor({ Quote: ['eventSymbol', 'bidPrice', 'bidSize'] });
    return decoder.decode(['Quote', ['SPY', value, 1]], AS_OF).events[0];
  };

  it.each(['NaN', 'Infinity', '-Infinity', null, true, {}, '', 'abc', Number.NaN])('%j is not known', (value) => {
    expect(bidOf(value)).toEqual({ kind: 'Quote', symbol: 'SPY', bidSize: '1', asOf: AS_OF });
  });

  it.each([
    ['0.1', '0.1'],
    ['760.0', '760'],
    ['58356.71', '58356.71'],
    ['-37.63', '-37.63'],
    ['1e-7', '0.0000001'],
    ['1.5E21', '1500000000000000000000'],
    ['6712.444999999999', '6712.444999999999'],
  ])('%s keeps its digits', (text, expected) => {
    expect(bidOf(JSON.parse(text))).toMatchObject({ bid: expected });
  });

  it('a price of zero with nobody behind it is an empty side, with somebody a price', () => {
    const decoder = decoderFor({ Quote: ['eventSymbol', 'bidPrice', 'bidSize', 'askPrice', 'askSize'] });
    const quote = (...values: unknown[]): unknown => decoder.decode(['Quote', ['X', ...values]], AS_OF).events[0];
    expect(quote(0, 0, 0.05, 10)).toEqual({ kind: 'Quote', symbol: 'X', ask: '0.05', askSize: '10', asOf: AS_OF });
    expect(quote(0, 'NaN', 0, 'NaN')).toEqual({ kind: 'Quote', symbol: 'X', asOf: AS_OF });
    expect(quote(0, 5, 0.05, 0)).toMatchObject({ bid: '0', bidSize: '5', ask: '0.05', askSize: '0' });
  });
});

describe('properties', () => {
  const price = fc.oneof(
    fc.integer({ min: -1_000_000, max: 100_000_000 }).map((cents) => cents / 100),
    fc.constantFrom('NaN', 'Infinity', 0),
  );
  const row = fc.constantFrom(...KINDS).chain((kind) =>
    fc
      .record({
        symbol: fc.string({ minLength: 1, maxLength: 30 }),
        values: fc.array(price, {
          minLength: ACCEPTED_FIELDS[kind].length - 1,
          maxLength: ACCEPTED_FIELDS[kind].length - 1,
        }),
      })
      .map(({ symbol, values }) => ({ kind, fields: toFields(kind, symbol, values) })),
  );

  function toFields(kind: MarketEventKind, symbol: string, values: readonly unknown[]): Record<string, unknown> {
    const [head, ...rest] = ACCEPTED_FIELDS[kind];
    return Object.fromEntries([[head, symbol], ...rest.map((field, index) => [field, values[index]])]);
  }

  it('both forms say the same, in order, whatever the order of the fields', () => {
    const shuffled = fc.tuple(
      ...KINDS.map((kind) => {
        const fields = [...ACCEPTED_FIELDS[kind], 'eventTime', 'eventType'];
        return fc.shuffledSubarray(fields, { minLength: fields.length });
      }),
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), shuffled, (rows, orders) => {
        const layouts = Object.fromEntries(KINDS.map((kind, index) => [kind, orders[index] ?? []]));
        const full = rows.map(({ kind, fields }) => ({ eventType: kind, eventTime: 0, ...fields }));
        const compact = full.flatMap((fields) => [
          fields.eventType,
          compactRow(layouts[fields.eventType] ?? [], fields),
        ]);
        const decoder = decoderFor(layouts);
        const decoded = decoder.decode(compact, AS_OF);
        expect(decoded).toEqual(decoder.decode(full, AS_OF));
        expect(decoded.unreadable).toBe(0);
        expect(decoded.events.map((event) => event.symbol)).toEqual(rows.map(({ fields }) => fields['eventSymbol']));
      }),
    );
  });

  it('every number comes back with the digits it was written with', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 }), fc.integer({ min: 0, max: 8 }), (digits, places) => {
        const text = (BigInt(digits) * 1n).toString().padStart(places + 1, '0');
        const written = places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
        const decoder = decoderFor({ Trade: ['eventSymbol', 'price'] });
        const [event] = decoder.decode(JSON.parse(`["Trade",["SPY",${written}]]`) as unknown[], AS_OF).events;
        const plain = places === 0 ? written : written.replace(/\.?0+$/u, '');
        expect(event).toMatchObject({ price: plain });
      }),
    );
  });

  it('junk never throws', () => {
    const junk = fc.array(fc.oneof(fc.constantFrom(...KINDS, 'Candle'), fc.anything(), fc.array(fc.anything())));
    const layouts = fc.dictionary(fc.constantFrom(...KINDS, '__proto__', 'x'), fc.array(fc.string(), { minLength: 1 }));
    fc.assert(
      fc.property(junk, layouts, (data, eventFields) => {
        const decoded = decoderFor(eventFields).decode(data, AS_OF);
        expect(decoded.unreadable).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
