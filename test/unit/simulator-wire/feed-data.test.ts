import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeKey, feedData } from '../../../src/simulator/dxlink-server/feed-data.ts';

const fields = ['eventType', 'eventSymbol', 'bidPrice', 'askPrice'];
const rowOf = (symbol: string, bidPrice: number) => ({
  eventType: 'Quote',
  eventSymbol: symbol,
  bidPrice,
  askPrice: Number.NaN,
});

describe('FEED_DATA', () => {
  it('lays compact events end to end in the announced order, with NaN as a word', () => {
    const rows = [rowOf('SPY', 1.5), rowOf('QQQ', 2)];
    expect(feedData({ channel: 1, type: 'Quote', rows, format: 'COMPACT', fields })).toEqual([
      { type: 'FEED_DATA', channel: 1, data: ['Quote', ['Quote', 'SPY', 1.5, 'NaN', 'Quote', 'QQQ', 2, 'NaN']] },
    ]);
  });

  it('sends full events as objects', () => {
    expect(feedData({ channel: 3, type: 'Quote', rows: [rowOf('SPY', 1.5)], format: 'FULL', fields })).toEqual([
      {
        type: 'FEED_DATA',
        channel: 3,
        data: [{ eventType: 'Quote', eventSymbol: 'SPY', bidPrice: 1.5, askPrice: 'NaN' }],
      },
    ]);
  });

  it('loses and repeats nothing over however many frames, and each is of one type', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 700 }), (count) => {
        const rows = Array.from({ length: count }, (_, index) => rowOf(`S${index}`, index));
        const frames = feedData({ channel: 1, type: 'Quote', rows, format: 'COMPACT', fields }) as {
          data: [string, unknown[]];
        }[];
        expect(frames.every(({ data }) => data.length === 2 && data[0] === 'Quote')).toBe(true);
        const symbols = frames.flatMap(({ data }) => data[1].filter((_, index) => index % fields.length === 1));
        expect(symbols).toEqual(rows.map((row) => row.eventSymbol));
      }),
      { numRuns: 30 },
    );
  });

  it('does not take the mere passing of time for a change', () => {
    const first = { ...rowOf('SPY', 1.5), bidTime: 1000, time: 1000 };
    expect(changeKey({ ...first, bidTime: 2000, time: 2000 })).toBe(changeKey(first));
    expect(changeKey({ ...first, bidPrice: 1.51 })).not.toBe(changeKey(first));
  });
});
