import { describe, expect, it } from 'vitest';
import type { WireObject } from '../../../src/simulator/engine/desk.ts';
import {
  accepted,
  createBench,
  field,
  limit,
  list,
  market,
  SECOND,
  type Bench,
} from '../../support/simulator-desk/desk-bench.ts';

const C200 = 'AAPL  261218C00200000';
const C210 = 'AAPL  261218C00210000';
const P190 = 'AAPL  261218P00190000';
const P180 = 'AAPL  261218P00180000';

function quoted(customer = 'paper-one'): Bench {
  const bench = createBench({ customer });
  bench.quote(C200, { bid: '5.00', ask: '5.10' });
  bench.quote(C210, { bid: '2.00', ask: '2.10' });
  bench.quote(P190, { bid: '3.00', ask: '3.10' });
  bench.quote(P180, { bid: '1.00', ask: '1.10' });
  return bench;
}

const effect = (bench: Bench, body: unknown): WireObject => field(accepted(bench.dryRun(body)), 'buying-power-effect');

function trade(bench: Bench, body: unknown): number {
  const id = bench.place(body);
  bench.pass(SECOND);
  expect(bench.order(id)['status']).toBe('Filled');
  return id;
}

describe('what an order ties up', () => {
  it.each<[string, WireObject, string, string]>([
    ['half of what stock costs', limit(-200, [['Buy to Open', 100, 'AAPL']]), '10000.0', '10000.1'],
    ['the premium of a long option', limit(-5.1, [['Buy to Open', 1, C200]]), '0.0', '511.12'],
    [
      'the width of a credit spread, less the credit',
      limit(2.9, [
        ['Sell to Open', 1, C200],
        ['Buy to Open', 1, C210],
      ]),
      '1000.0',
      '712.26279',
    ],
    [
      'the debit of a debit spread',
      limit(-3.1, [
        ['Buy to Open', 1, C200],
        ['Sell to Open', 1, C210],
      ]),
      '0.0',
      '312.25279',
    ],
    [
      'the wider side of an iron condor',
      limit(4.8, [
        ['Sell to Open', 1, C200],
        ['Buy to Open', 1, C210],
        ['Sell to Open', 1, P190],
        ['Buy to Open', 1, P180],
      ]),
      '1000.0',
      '524.51558',
    ],
    // 20 % of 200.05 less 10.05 out of the money, for 100 shares, beside the premium of 305.
    ['the formula of a naked put', limit(3, [['Sell to Open', 1, P190]]), '3301.0', '3002.13279'],
  ])('%s', (_name, body, margin, impact) => {
    expect(effect(quoted(), body)).toMatchObject({ 'change-in-margin-requirement': margin, impact, effect: 'Debit' });
  });

  it('asks nothing more for a call that stock covers', () => {
    const bench = quoted();
    trade(bench, market([['Buy to Open', 100, 'AAPL']]));
    const covered = effect(bench, limit(2, [['Sell to Open', 1, C210]]));
    expect(covered).toMatchObject({ 'change-in-margin-requirement': '0.0', effect: 'Credit' });
  });

  it('asks a constant part of the notional for a future', () => {
    expect(effect(createBench(), market([['Buy', 1, '/ESZ6']]))).toMatchObject({
      'change-in-margin-requirement': '18000.0',
      impact: '18002.7',
    });
  });

  it('asks a cash account for the whole price, and for the whole strike of a put', () => {
    const bench = quoted('cash');
    bench.quote('MSFT  261218P00400000', { bid: '9.00', ask: '9.10' });
    expect(effect(bench, limit(-200, [['Buy to Open', 100, 'MSFT']], { price: '400.00' }))['impact']).toBe('40000.1');
    expect(
      effect(bench, limit(9, [['Sell to Open', 1, 'MSFT  261218P00400000']]))['change-in-margin-requirement'],
    ).toBe('40000.0');
  });

  it('gives back what a close sets free', () => {
    const bench = createBench();
    trade(bench, market([['Buy to Open', 10, 'AAPL']]));
    expect(effect(bench, limit(200, [['Sell to Close', 10, 'AAPL']]))).toMatchObject({
      'change-in-margin-requirement-effect': 'Credit',
      effect: 'Credit',
    });
  });
});

describe('the margin report', () => {
  it('names the strategies it recognised', () => {
    const bench = quoted();
    trade(
      bench,
      limit(2.9, [
        ['Sell to Open', 1, C200],
        ['Buy to Open', 1, C210],
      ]),
    );
    const [group] = list(bench.desk.marginRequirements(bench.account), 'groups');
    expect(group).toMatchObject({
      'underlying-symbol': 'AAPL',
      'margin-requirement': '1000.0',
      'margin-requirement-effect': 'Debit',
    });
    expect(list(group, 'groups').map((strategy) => strategy['description'])).toEqual([
      'VERTICAL_SPREAD',
      'LONG_OPTION',
    ]);
  });

  it('tells a dry run with sizes and quantities as text', () => {
    const bench = createBench();
    const body = {
      ...limit(-200, [['Buy to Open', 1, 'AAPL']]),
      'account-number': bench.account,
      'underlying-symbol': 'AAPL',
    };
    const data = accepted(bench.desk.marginDryRun(bench.account, body));
    expect(list(data, 'orders')[0]).toMatchObject({
      id: 'dry-run-0',
      size: '0',
      legs: [{ quantity: '1', 'remaining-quantity': '0' }],
    });
    expect(data).toMatchObject({
      'change-in-margin-requirement': '100.0',
      'last-results': { 'underlying-symbol': 'AAPL' },
    });
  });
});
