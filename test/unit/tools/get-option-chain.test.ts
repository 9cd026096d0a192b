import { describe, expect, it } from 'vitest';
import type { ToolOutcome } from '../../../src/tools/define-tool.ts';
import { createBench } from '../../support/fake-broker-bench.ts';
import type { Bench } from '../../support/fake-broker-bench.ts';
import { chainOf, expiration, instrument, optionStreamer, range } from '../../support/fake-broker-market.ts';

const DAY_MS = 86_400_000;
const day = (offset: number): string => new Date(Date.UTC(2026, 10, 23) + offset * DAY_MS).toISOString().slice(0, 10);

type Row = { symbol: string; option_type: 'C' | 'P'; strike: string; delta?: string; missing?: string };
type Chain = { options: Row[]; strikes_left_out?: number; underlying_price?: string };

/** SPY at 600.5 with forty expirations of 240 strikes, every one quoted, as the real one has. */
function spy(): Bench {
  const bench = createBench();
  const strikes = range(480, 719);
  bench.state.chains['SPY'] = chainOf(
    'SPY',
    Array.from({ length: 40 }, (_, at) => expiration('SPY', day(at), strikes)),
  );
  bench.state.instruments = [instrument('Equity', 'SPY')];
  Object.assign(bench.state.quotes, { SPY: { bid: '600.49', ask: '600.51' } });
  for (const strike of strikes) {
    for (const side of ['C', 'P'] as const) quote(bench, { side, strike });
  }
  return bench;
}

/** A delta that falls in a line from 1 to 0 over a hundred points: enough to choose by. */
function quote(bench: Bench, { side, strike }: { side: 'C' | 'P'; strike: number }): void {
  const symbol = optionStreamer({ root: 'SPY', date: day(25), side, strike });
  const call = Math.min(1, Math.max(0, 0.5 - (strike - 600.5) / 100));
  const delta = side === 'C' ? call : call - 1;
  Object.assign(bench.state.quotes, {
    [symbol]: { bid: '12.34', ask: '12.41', bidSize: '120', askSize: '88', ageMs: 1500 },
  });
  Object.assign(bench.state.greeks, {
    [symbol]: {
      volatility: '0.152345678901',
      delta: delta.toFixed(9),
      gamma: '0.012345678',
      theta: '-0.123456789',
      vega: '0.856789123',
    },
  });
}

function dataOf(outcome: ToolOutcome): Chain {
  if (outcome.kind !== 'answer') throw new Error('It was not answered');
  return outcome.data as Chain;
}

const bytesOf = (outcome: unknown): number => Buffer.byteLength(JSON.stringify(outcome));

describe('get_option_chain', () => {
  it('lists the expirations of SPY in less than 8 KB', async () => {
    const outcome = await spy().run('get_option_chain', { symbol: 'spy' });
    expect(outcome).toMatchObject({ kind: 'answer', data: { symbol: 'SPY', total: 40 } });
    expect(outcome).toMatchObject({
      data: {
        expirations: expect.arrayContaining([expect.objectContaining({ date: day(25), days: 25, strikes: 240 })]),
      },
    });
    expect(bytesOf(outcome)).toBeLessThan(8000);
  });

  it('shows an expiration of SPY with quotes and greeks in less than 8 KB', async () => {
    const outcome = await spy().run('get_option_chain', { symbol: 'SPY', expiration_date: day(25) });
    expect(bytesOf(outcome)).toBeLessThan(8000);
    const { options, underlying_price, strikes_left_out } = dataOf(outcome);
    expect(underlying_price).toBe('600.5');
    expect(options).toHaveLength(20);
    expect([options[0]?.strike, options.at(-1)?.strike]).toEqual(['596', '605']);
    expect(options[0]).toMatchObject({
      option_type: 'C',
      bid: '12.34',
      mid: '12.375',
      iv: '0.1523',
      delta: '0.545',
      age_ms: 1500,
    });
    expect(strikes_left_out).toBe(230);
  });

  it('stays under 8 KB when nothing is quoted, and says why for each', async () => {
    const bench = spy();
    const outcome = await bench.run('get_option_chain', { symbol: 'SPY', expiration_date: day(3) });
    const { options } = dataOf(outcome);
    expect(options).toHaveLength(20);
    expect(options[0]?.missing).toBe('quote: no-data-before-deadline; greeks: no-data-before-deadline');
    expect(bytesOf(outcome)).toBeLessThan(8000);
  });

  it('filters by side, moneyness and strike', async () => {
    const bench = spy();
    const ask = (filter: object) =>
      bench.ask<Chain>('get_option_chain', { symbol: 'SPY', expiration_date: day(25), strikes: 3, ...filter });
    const told = ({ options }: Chain) => options.map((row) => `${row.strike}${row.option_type}`);
    expect(told(await ask({ option_type: 'P' }))).toEqual(['599P', '600P', '601P']);
    expect(told(await ask({ option_type: 'C', moneyness: 'out' }))).toEqual(['601C', '602C', '603C']);
    expect(told(await ask({ option_type: 'C', moneyness: 'in' }))).toEqual(['598C', '599C', '600C']);
    expect(told(await ask({ moneyness: 'out', strikes: 2 }))).toEqual(['600P', '601C']);
    expect(told(await ask({ option_type: 'C', min_strike: 650, max_strike: '651' }))).toEqual(['650C', '651C']);
  });

  it('finds strikes by delta', async () => {
    const { options } = await spy().ask<Chain>('get_option_chain', {
      symbol: 'SPY',
      expiration_date: day(25),
      option_type: 'P',
      min_delta: 0.28,
      max_delta: '0.30',
    });
    expect(options.map((row) => [row.strike, row.delta])).toEqual([
      ['579', '-0.285'],
      ['580', '-0.295'],
    ]);
  });

  it('says how many options had no delta in time', async () => {
    const bench = spy();
    delete bench.state.greeks[optionStreamer({ root: 'SPY', date: day(25), side: 'P', strike: 579 })];
    const data = await bench.ask('get_option_chain', {
      symbol: 'SPY',
      expiration_date: day(25),
      option_type: 'P',
      min_delta: 0.28,
      max_delta: 0.3,
    });
    expect(data).toMatchObject({
      options: [{ strike: '580' }],
      note: '1 of 60 options had no delta in time and were passed over.',
    });
  });

  it('names the dates there are', async () => {
    const error = await spy().refusal('get_option_chain', { symbol: 'SPY', expiration_date: '2030-01-01' });
    expect(error).toMatchObject({ code: 'not_found' });
    expect((error.details as { available_dates: string[] }).available_dates).toContain(day(25));
  });

  it('asks which root where two expire on one day', async () => {
    const bench = createBench();
    bench.state.chains['SPX'] = chainOf('SPX', [
      expiration('SPX', day(25), [6000]),
      expiration('SPXW', day(25), [6000, 6005]),
    ]);
    bench.state.instruments = [instrument('Index', 'SPX'), instrument('Index', 'SPXW')];
    Object.assign(bench.state.trades, { SPX: { price: '6001' }, SPXW: { price: '6001' } });
    const error = await bench.refusal('get_option_chain', { symbol: 'SPX', expiration_date: day(25) });
    expect(error).toMatchObject({ code: 'choice_needed', details: { roots: [{ root: 'SPX' }, { root: 'SPXW' }] } });
    const chosen = await bench.ask('get_option_chain', { symbol: 'SPX', expiration_date: day(25), root: 'SPXW' });
    expect(chosen).toMatchObject({ expiration: { root: 'SPXW' }, underlying_price: '6001' });
  });

  it('without a price of the underlying wants the strikes named', async () => {
    const bench = spy();
    delete bench.state.quotes['SPY'];
    const args = { symbol: 'SPY', expiration_date: day(25) };
    expect(await bench.refusal('get_option_chain', args)).toMatchObject({
      code: 'quote_unavailable',
      advice: expect.stringContaining('min_strike'),
    });
    const named = await bench.ask<Chain>('get_option_chain', { ...args, min_strike: 600, max_strike: 601 });
    expect(named.options).toHaveLength(4);
  });
});
