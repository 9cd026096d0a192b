import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { occSymbol } from '../../../src/broker/instruments/occ-symbol.ts';
import { parseSymbol } from '../../../src/broker/instruments/parse-symbol.ts';
import { isoDate } from '../../../src/broker/model/symbol.ts';
import type { OptionSide } from '../../../src/broker/model/symbol.ts';
import { decimal } from '../../../src/core/decimal.ts';

describe('a symbol', () => {
  test.each([
    ['SPY', { kind: 'equity', symbol: 'SPY' }],
    [' brk.b ', { kind: 'equity', symbol: 'BRK/B' }],
    ['BRK/B', { kind: 'equity', symbol: 'BRK/B' }],
    ['BTC/USD', { kind: 'cryptocurrency', symbol: 'BTC/USD' }],
    ['BTC/USD:CXTALP', { kind: 'cryptocurrency', symbol: 'BTC/USD' }],
    ['/ES', { kind: 'future-product', product: 'ES' }],
    ['/M2K', { kind: 'future-product', product: 'M2K' }],
    ['/6E', { kind: 'future-product', product: '6E' }],
    ['/ZN', { kind: 'future-product', product: 'ZN' }],
    ['/ESZ6', { kind: 'future', symbol: '/ESZ6', product: 'ES' }],
    ['/6EZ6', { kind: 'future', symbol: '/6EZ6', product: '6E' }],
    ['/M2KZ6', { kind: 'future', symbol: '/M2KZ6', product: 'M2K' }],
    ['/ESZ26:XCME', { kind: 'future', symbol: '/ESZ6', product: 'ES' }],
    ['/VXX26', { kind: 'future', symbol: '/VXX26', product: 'VX' }],
    [
      'SPY   261218C00600000',
      { kind: 'equity-option', root: 'SPY', side: 'C', strike: '600', expiration: '2026-12-18' },
    ],
    [
      'SPXW  261218P06000500',
      { kind: 'equity-option', root: 'SPXW', side: 'P', strike: '6000.5', expiration: '2026-12-18' },
    ],
    ['.SPY261218C600', { kind: 'equity-option', root: 'SPY', side: 'C', strike: '600', expiration: '2026-12-18' }],
    [
      '.SPXW261218P6000.5',
      { kind: 'equity-option', root: 'SPXW', side: 'P', strike: '6000.5', expiration: '2026-12-18' },
    ],
    [
      './ESU6 E1AN6 260706C6260',
      {
        kind: 'future-option',
        symbol: './ESU6 E1AN6 260706C6260',
        product: 'ES',
        side: 'C',
        strike: '6260',
        expiration: '2026-07-06',
      },
    ],
    [
      './ESZ6 ESZ6  261218P100',
      {
        kind: 'future-option',
        symbol: './ESZ6 ESZ6 261218P100',
        product: 'ES',
        side: 'P',
        strike: '100',
        expiration: '2026-12-18',
      },
    ],
  ])('of the form %s is read', (symbol, parsed) => {
    expect(parseSymbol(symbol)).toEqual(parsed);
  });

  test.each([
    '',
    ' ',
    '.',
    '..',
    '../SPY',
    'SPY   261340C00600000',
    '.SPY261218X600',
    '$SPX',
    'A B',
    'SPY\u0000',
    'ＳＰＹ',
    '/',
    '//ES',
    'x'.repeat(100),
  ])('of the form %j is none', (symbol) => {
    expect(parseSymbol(symbol)).toBeUndefined();
  });

  test('of an option is read back from what is written', () => {
    const root = fc.stringMatching(/^[A-Z]{1,6}$/u);
    const day = fc
      .date({ min: new Date('2024-01-01'), max: new Date('2079-12-31'), noInvalidDate: true })
      .map((date) => isoDate(date.toISOString().slice(0, 10)));
    const side = fc.constantFrom<OptionSide>('C', 'P');
    const strike = fc.integer({ min: 1, max: 99_999_999 }).map((mills) => decimal((mills / 1000).toFixed(3)));
    fc.assert(
      fc.property(fc.record({ root, expiration: day, side, strike }), (terms) => {
        const symbol = occSymbol(terms);
        expect(symbol).toHaveLength(21);
        expect(parseSymbol(symbol)).toEqual({ kind: 'equity-option', ...terms });
      }),
    );
  });

  test.each(['0.0001', '100000', '1234567.5'])('cannot hold a strike of %s', (strike) => {
    expect(() =>
      occSymbol({ root: 'SPY', side: 'C', strike: decimal(strike), expiration: isoDate('2026-12-18') }),
    ).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });
});
