import { describe, expect, it } from 'vitest';
import { isOptionChain } from '../../../src/broker/model/is-option-chain.ts';

const contract = { symbol: 'SPY   261218C00600000', streamerSymbol: '.SPY261218C600' };
const strike = { strike: '600', call: contract, put: { symbol: 'SPY   261218P00600000' } };
const expiration = {
  date: '2026-12-18',
  root: 'SPY',
  type: 'Regular',
  settlement: 'PM',
  underlying: 'SPY',
  multiplier: '100',
  ticks: [{ below: '3', step: '0.01' }, { step: '0.05' }],
  strikes: [strike, { strike: '0.5' }],
};
const chain = { underlying: 'SPY', optionType: 'Equity Option', expirations: [expiration] };
const withExpiration = (changes: object) => ({ ...chain, expirations: [{ ...expiration, ...changes }] });
const withStrike = (changes: object) => withExpiration({ strikes: [{ ...strike, ...changes }] });

describe('a value from the shared cache', () => {
  it.each([
    chain,
    { ...chain, expirations: [] },
    withExpiration({ ticks: [] }),
    { ...chain, optionType: 'Future Option' },
  ])('is a chain: %j', (value) => expect(isOptionChain(value)).toBe(true));

  it.each([
    null,
    'SPY',
    [],
    [chain],
    {},
    { ...chain, underlying: '' },
    { ...chain, optionType: 'Equity' },
    { ...chain, expirations: { 0: expiration } },
    { ...chain, expirations: [null] },
    withExpiration({ date: '18.12.2026' }),
    withExpiration({ settlement: 'pm' }),
    withExpiration({ multiplier: 100 }),
    withExpiration({ multiplier: '0' }),
    withExpiration({ multiplier: '1e2' }),
    withExpiration({ underlying: undefined }),
    withExpiration({ ticks: [{ step: '-0.01' }] }),
    withExpiration({ ticks: [{ below: 3, step: '0.01' }] }),
    withExpiration({ strikes: undefined }),
    withStrike({ strike: 'NaN' }),
    withStrike({ strike: undefined }),
    withStrike({ call: null }),
    withStrike({ call: { symbol: 5 } }),
    withStrike({ put: { symbol: 'X', streamerSymbol: '' } }),
  ])('is none: %j', (value) => expect(isOptionChain(value)).toBe(false));
});
