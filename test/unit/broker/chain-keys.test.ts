import { expect, it } from 'vitest';
import { chainKeysOf } from '../../../src/broker/instruments/chain-keys.ts';

it.each([
  ['spy', ['chain:equity SPY']],
  ['BRK.B', ['chain:equity BRK/B']],
  ['SPXW', ['chain:equity SPXW', 'chain:equity SPX']],
  ['SPXW  261218C06000000', ['chain:equity SPXW', 'chain:equity SPX']],
  ['/ES', ['chain:future /ES']],
  ['/ESZ6', ['chain:future /ES']],
  ['./ESU6 E1AN6 260706C6260', ['chain:future /ES']],
  ['BTC/USD', []],
  ['../admin', []],
  ['', []],
])('the options of %j are in %j', (symbol, keys) => {
  expect(chainKeysOf(symbol).map((key) => `${key.kind} ${key.symbol}`)).toEqual(keys);
});
