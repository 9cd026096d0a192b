import { decimal } from '../../../core/decimal.ts';
import type { Listing } from '../market.ts';
import {
  CENT_TICKS,
  EQUITY_PREMIUM,
  MARKET_VOLATILITY,
  NICKEL_OPTION_TICKS,
  PENNY_OPTION_TICKS,
  STOCK_TICKS,
  VOLATILITY_PREMIUM,
} from './product.ts';
import type { EquityOptionRoot, PriceSource, Product, StrikeSteps } from './product.ts';

type Row = {
  readonly symbol: string;
  readonly name: string;
  readonly category: string;
  readonly price: PriceSource;
  readonly volatility: number;
  readonly skew: number;
  readonly beta: number;
  readonly dividendYield: number;
  /** Shares a day and outstanding, in millions. */
  readonly volume: number;
  readonly shares?: number;
  readonly liquidity: 3 | 4;
  readonly optionRoots: readonly EquityOptionRoot[];
  readonly strikes: StrikeSteps;
};

const MILLION = 1_000_000;
const CURVATURE = 0.012;
const INDEX_SKEW = 0.07;

const walk = (
  anchor: number,
  beta: number,
  rest: Pick<Extract<PriceSource, { from: 'walk' }>, 'factors' | 'own'>,
): PriceSource => ({
  from: 'walk',
  anchor,
  drift: EQUITY_PREMIUM * beta,
  factors: { market: beta * MARKET_VOLATILITY, ...rest.factors },
  own: rest.own,
});
const share = (symbol: string, ratio: number): PriceSource => ({ from: 'product', symbol, ratio });
const etfOptions = (root: string, cycle: 'daily' | 'weekly'): readonly EquityOptionRoot[] => [
  { root, settlement: 'PM', cycle },
];
/** The monthly root settles at the opening of its third Friday; every other day belongs to the afternoon root. */
const indexOptions = (morning: string, afternoon: string): readonly EquityOptionRoot[] => [
  { root: morning, settlement: 'AM', cycle: 'monthly' },
  { root: afternoon, settlement: 'PM', cycle: 'afternoon' },
];

const INDICES: readonly Row[] = [
  {
    symbol: 'SPX',
    name: 'S&P 500 INDEX',
    category: 'Large Blend',
    price: walk(7674.37, 1, { factors: {}, own: 0 }),
    volatility: 0.15,
    skew: INDEX_SKEW,
    beta: 1,
    dividendYield: 0.012,
    volume: 0,
    liquidity: 4,
    optionRoots: indexOptions('SPX', 'SPXW'),
    strikes: { fine: 5, coarse: 50, nearWidth: 0.02 },
  },
  {
    symbol: 'NDX',
    name: 'NASDAQ 100 INDEX',
    category: 'Large Growth',
    price: walk(28_412.6, 1.15, { factors: { technology: 0.06 }, own: 0.03 }),
    volatility: 0.186,
    skew: INDEX_SKEW,
    beta: 1.15,
    dividendYield: 0.006,
    volume: 0,
    liquidity: 3,
    optionRoots: indexOptions('NDX', 'NDXP'),
    strikes: { fine: 25, coarse: 200, nearWidth: 0.02 },
  },
  {
    symbol: 'RUT',
    name: 'RUSSELL 2000 INDEX',
    category: 'Small Blend',
    price: walk(2641.8, 1.1, { factors: {}, own: 0.1 }),
    volatility: 0.193,
    skew: 0.06,
    beta: 1.1,
    dividendYield: 0.012,
    volume: 0,
    liquidity: 3,
    optionRoots: indexOptions('RUT', 'RUTW'),
    strikes: { fine: 5, coarse: 25, nearWidth: 0.04 },
  },
  {
    symbol: 'VIX',
    name: 'CBOE VOLATILITY INDEX',
    category: 'Volatility',
    price: { from: 'volatility', symbol: 'SPX' },
    volatility: 0.9,
    skew: -0.08,
    beta: -5,
    dividendYield: 0,
    volume: 0,
    liquidity: 4,
    optionRoots: [],
    strikes: { fine: 0.5, coarse: 1, nearWidth: 0.2 },
  },
];

const FUNDS: readonly Row[] = [
  {
    symbol: 'SPY',
    name: 'SPDR S&P 500 ETF TRUST',
    category: 'Large Blend',
    price: share('SPX', 0.0998),
    volatility: 0.15,
    skew: INDEX_SKEW,
    beta: 1,
    dividendYield: 0.012,
    volume: 72,
    shares: 930,
    liquidity: 4,
    optionRoots: etfOptions('SPY', 'daily'),
    strikes: { fine: 1, coarse: 5, nearWidth: 0.05 },
  },
  {
    symbol: 'QQQ',
    name: 'INVESCO QQQ TRUST',
    category: 'Large Growth',
    price: share('NDX', 0.024_32),
    volatility: 0.186,
    skew: INDEX_SKEW,
    beta: 1.15,
    dividendYield: 0.006,
    volume: 54,
    shares: 590,
    liquidity: 4,
    optionRoots: etfOptions('QQQ', 'daily'),
    strikes: { fine: 1, coarse: 5, nearWidth: 0.05 },
  },
  {
    symbol: 'IWM',
    name: 'ISHARES RUSSELL 2000 ETF',
    category: 'Small Blend',
    price: share('RUT', 0.0994),
    volatility: 0.193,
    skew: 0.06,
    beta: 1.1,
    dividendYield: 0.011,
    volume: 34,
    shares: 280,
    liquidity: 4,
    optionRoots: etfOptions('IWM', 'daily'),
    strikes: { fine: 1, coarse: 5, nearWidth: 0.08 },
  },
  {
    symbol: 'DIA',
    name: 'SPDR DOW JONES INDUSTRIAL AVERAGE ETF TRUST',
    category: 'Large Value',
    price: walk(498.6, 0.88, { factors: {}, own: 0.05 }),
    volatility: 0.141,
    skew: INDEX_SKEW,
    beta: 0.88,
    dividendYield: 0.015,
    volume: 4,
    shares: 82,
    liquidity: 3,
    optionRoots: etfOptions('DIA', 'weekly'),
    strikes: { fine: 1, coarse: 5, nearWidth: 0.05 },
  },
  {
    symbol: 'GLD',
    name: 'SPDR GOLD SHARES',
    category: 'Commodities Focused',
    price: share('/GC', 0.0919),
    volatility: 0.17,
    skew: -0.01,
    beta: 0.1,
    dividendYield: 0,
    volume: 11,
    shares: 350,
    liquidity: 4,
    optionRoots: etfOptions('GLD', 'weekly'),
    strikes: { fine: 1, coarse: 5, nearWidth: 0.08 },
  },
  {
    symbol: 'TLT',
    name: 'ISHARES 20+ YEAR TREASURY BOND ETF',
    category: 'Long Government',
    price: walk(89.7, -0.1, { factors: { rates: 0.12 }, own: 0.01 }),
    volatility: 0.121,
    skew: 0.01,
    beta: -0.1,
    dividendYield: 0.043,
    volume: 39,
    shares: 540,
    liquidity: 4,
    optionRoots: etfOptions('TLT', 'weekly'),
    strikes: { fine: 0.5, coarse: 1, nearWidth: 0.08 },
  },
];

export const INDEX_PRODUCTS: readonly Product[] = INDICES.map((row) =>
  product(row, { kind: 'index', listedMarket: 'OTC', ticks: CENT_TICKS, optionTicks: NICKEL_OPTION_TICKS }),
);

/** Only the tightest funds quote their options in cents at every price. */
export const FUND_PRODUCTS: readonly Product[] = FUNDS.map((row) =>
  product(row, {
    kind: 'etf',
    listedMarket: row.symbol === 'QQQ' ? 'XNAS' : 'ARCX',
    ticks: STOCK_TICKS,
    optionTicks: ['SPY', 'QQQ', 'IWM'].includes(row.symbol) ? CENT_TICKS : PENNY_OPTION_TICKS,
  }),
);

function product(row: Row, facts: Pick<Listing, 'kind' | 'listedMarket' | 'ticks' | 'optionTicks'>): Product {
  return {
    listing: {
      ...facts,
      symbol: row.symbol,
      description: row.name,
      multiplier: decimal(1),
      hasOptions: row.optionRoots.length > 0,
      fundamentals: {
        sector: facts.kind === 'index' ? 'Index' : 'Exchange Traded Fund',
        industry: row.category,
        beta: row.beta,
        dividendYield: row.dividendYield,
        ...(row.shares === undefined ? {} : { sharesOutstanding: row.shares * MILLION }),
        liquidity: row.liquidity,
        easyToBorrow: true,
      },
    },
    price: row.price,
    smile: { base: VOLATILITY_PREMIUM * row.volatility, skew: row.skew, curvature: CURVATURE },
    carryYield: row.dividendYield,
    averageVolume: row.volume * MILLION,
    spread: 0.000_01,
    isDead: false,
    optionRoots: row.optionRoots,
    strikes: row.strikes,
  };
}
