import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/core/clock.ts';
import { createCandles } from '../../../src/simulator/dxlink-server/candles.ts';
import { createMarket } from '../../../src/simulator/engine/create-market.ts';

const NOW = epochMs(Date.UTC(2026, 10, 23, 15, 2, 0));
const MINUTE = 60_000;
const candles = createCandles(createMarket({ seed: 'candles', alwaysOpen: true }));

describe('candles', () => {
  it('fill the asked-for past without gaps in a market that never closes', () => {
    const rows = candles.snapshot('SPY{=5m}', NOW - 60 * MINUTE, NOW);
    const times = rows.slice(0, -1).map(({ time }) => Number(time));
    expect(times[0]).toBe(Date.UTC(2026, 10, 23, 15, 0, 0));
    expect(times).toHaveLength(12);
    expect(times.every((time, index) => index === 0 || time === (times[index - 1] ?? 0) - 5 * MINUTE)).toBe(true);
    for (const { open, high, low, close } of rows.slice(0, -1)) {
      expect(Number(high)).toBeGreaterThanOrEqual(Math.max(Number(open), Number(close)));
      expect(Number(low)).toBeLessThanOrEqual(Math.min(Number(open), Number(close)));
    }
  });

  it('join up: an older period’s row is the same whenever it is asked for', () => {
    const at = NOW - 30 * MINUTE;
    const rowAt = (now: typeof NOW) =>
      candles.snapshot('SPY{=5m}', at - 60 * MINUTE, now).find(({ time }) => time === at - (at % (5 * MINUTE)));
    const { eventFlags: _, ...later } = rowAt(epochMs(NOW + 10 * MINUTE)) ?? {};
    const { eventFlags: __, ...now } = rowAt(NOW) ?? {};
    expect(now).toEqual(later);
    expect(now).toHaveProperty('close');
  });

  it('snip a past of more than 5,000 periods', () => {
    const rows = candles.snapshot('SPY{=s}', 0, NOW);
    expect(rows.length).toBeLessThanOrEqual(5_001);
    expect(rows.at(-1)).toMatchObject({ eventFlags: 16 + 2, close: Number.NaN });
  });

  it('count weeks from Monday and days from midnight UTC', () => {
    const week = candles.current('SPY{=w}', NOW);
    expect(new Date(Number(week?.['time'])).toISOString()).toBe('2026-11-23T00:00:00.000Z');
    const sunday = candles.current('SPY{=w}', epochMs(Date.UTC(2026, 10, 22, 15)));
    expect(new Date(Number(sunday?.['time'])).toISOString()).toBe('2026-11-16T00:00:00.000Z');
    expect(candles.current('SPY{=d,tho=true}', NOW)).toMatchObject({ time: Date.UTC(2026, 10, 23) });
  });

  it.each(['SPY', 'SPY{=5x}', 'NOSUCH{=5m}', 'SPY{=', '{=d}'])('have nothing for %s but an end', (symbol) => {
    expect(candles.snapshot(symbol, 0, NOW)).toEqual([expect.objectContaining({ eventFlags: 4 + 8 + 2 })]);
    expect(candles.current(symbol, NOW)).toBeUndefined();
  });

  it('have no past when none was asked for', () => {
    expect(candles.snapshot('SPY{=5m}', Number.POSITIVE_INFINITY, NOW)).toHaveLength(1);
  });
});
