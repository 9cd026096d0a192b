import { decimal } from '../../../core/decimal.ts';
import type { FuturesProduct, Tick } from '../market.ts';
import { CENT_TICKS, MARKET_VOLATILITY, VOLATILITY_PREMIUM, ticks } from './product.ts';
import type { PriceSource, Product, StrikeSteps } from './product.ts';

type FuturesRow = {
  readonly product: FuturesProduct;
  readonly name: string;
  readonly price: PriceSource;
  readonly volatility: number;
  readonly skew: number;
  readonly beta: number;
  readonly carryYield: number;
  readonly multiplier: number;
  readonly ticks: readonly Tick[];
  readonly optionTicks: readonly Tick[];
  readonly volume: number;
  readonly strikes: StrikeSteps;
};

const INDEX_OPTION_TICKS = ticks([5, 0.05], [20, 0.1], [100, 0.25], [undefined, 0.5]);
const QUARTERS = 'HMUZ';
const EVERY_MONTH = 'FGHJKMNQUVXZ';
const EVEN_MONTHS = 'GJMQVZ';

const ROWS: readonly FuturesRow[] = [
  {
    product: {
      code: 'ES',
      exchange: 'CME',
      streamerExchange: 'XCME',
      months: QUARTERS,
      cashSettled: true,
      sector: 'Equity Index',
      underlyingIndex: 'SPX',
    },
    name: 'E Mini S&P',
    price: { from: 'product', symbol: 'SPX', ratio: 1 },
    volatility: 0.15,
    skew: 0.07,
    beta: 1,
    carryYield: 0.012,
    multiplier: 50,
    ticks: ticks([undefined, 0.25]),
    optionTicks: INDEX_OPTION_TICKS,
    volume: 1_450_000,
    strikes: { fine: 5, coarse: 50, nearWidth: 0.02 },
  },
  {
    product: {
      code: 'NQ',
      exchange: 'CME',
      streamerExchange: 'XCME',
      months: QUARTERS,
      cashSettled: true,
      sector: 'Equity Index',
      underlyingIndex: 'NDX',
    },
    name: 'E Mini Nasdaq',
    price: { from: 'product', symbol: 'NDX', ratio: 1 },
    volatility: 0.186,
    skew: 0.07,
    beta: 1.15,
    carryYield: 0.006,
    multiplier: 20,
    ticks: ticks([undefined, 0.25]),
    optionTicks: ticks([5, 0.05], [undefined, 0.25]),
    volume: 590_000,
    strikes: { fine: 25, coarse: 200, nearWidth: 0.02 },
  },
  {
    product: {
      code: 'CL',
      exchange: 'CME',
      streamerExchange: 'XNYM',
      months: EVERY_MONTH,
      cashSettled: false,
      sector: 'Energy',
    },
    name: 'Crude Oil',
    price: { from: 'walk', anchor: 63.4, drift: 0, factors: { market: 0.04, oil: 0.31 }, own: 0 },
    volatility: 0.33,
    skew: 0.02,
    beta: 0.25,
    carryYield: 0.06,
    multiplier: 1000,
    ticks: CENT_TICKS,
    optionTicks: CENT_TICKS,
    volume: 340_000,
    strikes: { fine: 0.5, coarse: 2.5, nearWidth: 0.15 },
  },
  {
    product: {
      code: 'GC',
      exchange: 'CME',
      streamerExchange: 'XCEC',
      months: EVEN_MONTHS,
      cashSettled: false,
      sector: 'Metals',
    },
    name: 'Gold',
    price: { from: 'walk', anchor: 4218.5, drift: 0.04, factors: { market: 0.01, gold: 0.17 }, own: 0 },
    volatility: 0.17,
    skew: -0.01,
    beta: 0.1,
    carryYield: 0,
    multiplier: 100,
    ticks: ticks([undefined, 0.1]),
    optionTicks: ticks([undefined, 0.1]),
    volume: 210_000,
    strikes: { fine: 5, coarse: 50, nearWidth: 0.03 },
  },
];

export const FUTURES_PRODUCTS: readonly Product[] = ROWS.map((row) => ({
  listing: {
    symbol: `/${row.product.code}`,
    kind: 'future-product',
    description: row.name,
    listedMarket: row.product.exchange,
    multiplier: decimal(row.multiplier),
    ticks: row.ticks,
    optionTicks: row.optionTicks,
    hasOptions: true,
    fundamentals: {
      sector: row.product.sector,
      industry: 'Futures',
      beta: row.beta,
      dividendYield: 0,
      liquidity: 4,
      easyToBorrow: true,
    },
    product: row.product,
  },
  price: row.price,
  smile: { base: VOLATILITY_PREMIUM * row.volatility, skew: row.skew, curvature: 0.012 },
  carryYield: row.carryYield,
  averageVolume: row.volume,
  spread: 0.000_01,
  isDead: false,
  optionRoots: [],
  strikes: row.strikes,
}));

type CurrencyRow = {
  readonly symbol: string;
  readonly name: string;
  readonly anchor: number;
  readonly own: number;
  readonly volume: number;
};

const CRYPTO_FACTOR = 0.42;
const CRYPTO_BETA = 1.2;

const CURRENCIES: readonly CurrencyRow[] = [
  { symbol: 'BTC/USD', name: 'Bitcoin to USD', anchor: 91_240, own: 0.12, volume: 18_000 },
  { symbol: 'ETH/USD', name: 'Ethereum to USD', anchor: 3146, own: 0.35, volume: 240_000 },
];

export const CURRENCY_PRODUCTS: readonly Product[] = CURRENCIES.map((row) => {
  const market = CRYPTO_BETA * MARKET_VOLATILITY;
  return {
    listing: {
      symbol: row.symbol,
      kind: 'crypto',
      description: row.name,
      listedMarket: 'CXTALP',
      multiplier: decimal(1),
      ticks: CENT_TICKS,
      optionTicks: [],
      hasOptions: false,
      fundamentals: {
        sector: 'Cryptocurrency',
        industry: 'Cryptocurrency',
        beta: CRYPTO_BETA,
        dividendYield: 0,
        liquidity: 3,
        easyToBorrow: false,
      },
    },
    price: { from: 'walk', anchor: row.anchor, drift: 0.1, factors: { market, crypto: CRYPTO_FACTOR }, own: row.own },
    smile: { base: Math.hypot(market, CRYPTO_FACTOR, row.own), skew: 0, curvature: 0.02 },
    carryYield: 0,
    averageVolume: row.volume,
    spread: 0.000_4,
    isDead: false,
    optionRoots: [],
    strikes: { fine: 1, coarse: 1, nearWidth: 0 },
  };
});
