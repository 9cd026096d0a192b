import type { Factor } from './product.ts';

export type StockRow = {
  readonly symbol: string;
  readonly name: string;
  readonly market: string;
  readonly business: {
    readonly sector: string;
    readonly industry: string;
    /** Outstanding, in millions. */
    readonly shares: number;
    readonly earningsPerShare: number;
    readonly dividendYield: number;
  };
  readonly price: {
    readonly anchor: number;
    readonly beta: number;
    /** Annual volatilities besides the market's: of its sector's factor, and its own. */
    readonly sectorFactor?: readonly [Factor, number];
    readonly own: number;
  };
  readonly trading: {
    /** Shares a day, in millions. */
    readonly volume: number;
    readonly liquidity: 1 | 2 | 3 | 4;
    /** Of its options; weekly unless told. */
    readonly cycle?: 'monthly';
    readonly strikes: readonly [fine: number, coarse: number];
  };
};

const XNAS = 'XNAS';
const XNYS = 'XNYS';
const TECH = 'Technology';
const MEDIA = 'Communication Services';
const CONSUMER = 'Consumer Cyclical';

export const STOCK_TABLE: readonly StockRow[] = [
  {
    symbol: 'AAPL',
    name: 'APPLE INC',
    market: XNAS,
    business: {
      sector: TECH,
      industry: 'Consumer Electronics',
      shares: 14_700,
      earningsPerShare: 7.9,
      dividendYield: 0.004,
    },
    price: { anchor: 309.35, beta: 1.1, sectorFactor: ['technology', 0.1], own: 0.17 },
    trading: { volume: 48, liquidity: 4, strikes: [2.5, 5] },
  },
  {
    symbol: 'MSFT',
    name: 'MICROSOFT CORP',
    market: XNAS,
    business: {
      sector: TECH,
      industry: 'Software - Infrastructure',
      shares: 7_430,
      earningsPerShare: 15.6,
      dividendYield: 0.0066,
    },
    price: { anchor: 538.2, beta: 1, sectorFactor: ['technology', 0.11], own: 0.14 },
    trading: { volume: 21, liquidity: 4, strikes: [2.5, 10] },
  },
  {
    symbol: 'NVDA',
    name: 'NVIDIA CORP',
    market: XNAS,
    business: {
      sector: TECH,
      industry: 'Semiconductors',
      shares: 24_300,
      earningsPerShare: 5.9,
      dividendYield: 0.0002,
    },
    price: { anchor: 214.6, beta: 1.7, sectorFactor: ['technology', 0.2], own: 0.26 },
    trading: { volume: 172, liquidity: 4, strikes: [2.5, 5] },
  },
  {
    symbol: 'AMZN',
    name: 'AMAZON.COM INC',
    market: XNAS,
    business: {
      sector: CONSUMER,
      industry: 'Internet Retail',
      shares: 10_690,
      earningsPerShare: 7.7,
      dividendYield: 0,
    },
    price: { anchor: 252.4, beta: 1.25, sectorFactor: ['technology', 0.1], own: 0.19 },
    trading: { volume: 41, liquidity: 4, strikes: [2.5, 5] },
  },
  {
    symbol: 'GOOGL',
    name: 'ALPHABET INC CLASS A',
    market: XNAS,
    business: {
      sector: MEDIA,
      industry: 'Internet Content & Information',
      shares: 5_820,
      earningsPerShare: 11.2,
      dividendYield: 0.0026,
    },
    price: { anchor: 327.8, beta: 1.05, sectorFactor: ['technology', 0.1], own: 0.19 },
    trading: { volume: 30, liquidity: 4, strikes: [2.5, 5] },
  },
  {
    symbol: 'META',
    name: 'META PLATFORMS INC',
    market: XNAS,
    business: {
      sector: MEDIA,
      industry: 'Internet Content & Information',
      shares: 2_520,
      earningsPerShare: 28.9,
      dividendYield: 0.0029,
    },
    price: { anchor: 724.5, beta: 1.2, sectorFactor: ['technology', 0.12], own: 0.22 },
    trading: { volume: 13, liquidity: 4, strikes: [5, 10] },
  },
  {
    symbol: 'TSLA',
    name: 'TESLA INC',
    market: XNAS,
    business: {
      sector: CONSUMER,
      industry: 'Auto Manufacturers',
      shares: 3_330,
      earningsPerShare: 1.7,
      dividendYield: 0,
    },
    price: { anchor: 431.1, beta: 1.9, sectorFactor: ['technology', 0.12], own: 0.4 },
    trading: { volume: 84, liquidity: 4, strikes: [2.5, 10] },
  },
  {
    symbol: 'AMD',
    name: 'ADVANCED MICRO DEVICES INC',
    market: XNAS,
    business: { sector: TECH, industry: 'Semiconductors', shares: 1_630, earningsPerShare: 3.4, dividendYield: 0 },
    price: { anchor: 241.7, beta: 1.8, sectorFactor: ['technology', 0.2], own: 0.34 },
    trading: { volume: 46, liquidity: 4, strikes: [2.5, 5] },
  },
  {
    symbol: 'NFLX',
    name: 'NETFLIX INC',
    market: XNAS,
    business: { sector: MEDIA, industry: 'Entertainment', shares: 4_240, earningsPerShare: 2.9, dividendYield: 0 },
    price: { anchor: 112.3, beta: 1, sectorFactor: ['technology', 0.06], own: 0.27 },
    trading: { volume: 38, liquidity: 3, strikes: [1, 5] },
  },
  {
    symbol: 'INTC',
    name: 'INTEL CORP',
    market: XNAS,
    business: { sector: TECH, industry: 'Semiconductors', shares: 4_770, earningsPerShare: 0.4, dividendYield: 0 },
    price: { anchor: 41.85, beta: 1.3, sectorFactor: ['technology', 0.15], own: 0.38 },
    trading: { volume: 88, liquidity: 4, strikes: [0.5, 1] },
  },
  {
    symbol: 'JPM',
    name: 'JPMORGAN CHASE & CO',
    market: XNYS,
    business: {
      sector: 'Financial Services',
      industry: 'Banks - Diversified',
      shares: 2_720,
      earningsPerShare: 20.9,
      dividendYield: 0.0189,
    },
    price: { anchor: 318.4, beta: 1.05, own: 0.14 },
    trading: { volume: 9, liquidity: 3, strikes: [2.5, 5] },
  },
  {
    symbol: 'XOM',
    name: 'EXXON MOBIL CORP',
    market: XNYS,
    business: {
      sector: 'Energy',
      industry: 'Oil & Gas Integrated',
      shares: 4_260,
      earningsPerShare: 7.1,
      dividendYield: 0.0331,
    },
    price: { anchor: 121.6, beta: 0.5, sectorFactor: ['oil', 0.14], own: 0.12 },
    trading: { volume: 15, liquidity: 3, strikes: [1, 5] },
  },
  {
    symbol: 'KO',
    name: 'COCA-COLA CO',
    market: XNYS,
    business: {
      sector: 'Consumer Defensive',
      industry: 'Beverages - Non-Alcoholic',
      shares: 4_300,
      earningsPerShare: 3,
      dividendYield: 0.0276,
    },
    price: { anchor: 73.9, beta: 0.4, own: 0.11 },
    trading: { volume: 15, liquidity: 3, strikes: [0.5, 2.5] },
  },
  {
    symbol: 'DIS',
    name: 'WALT DISNEY CO',
    market: XNYS,
    business: { sector: MEDIA, industry: 'Entertainment', shares: 1_790, earningsPerShare: 6.9, dividendYield: 0.0085 },
    price: { anchor: 117.9, beta: 1.1, own: 0.2 },
    trading: { volume: 9, liquidity: 3, strikes: [1, 5] },
  },
  {
    symbol: 'BRK/B',
    name: 'BERKSHIRE HATHAWAY INC CLASS B',
    market: XNYS,
    business: {
      sector: 'Financial Services',
      industry: 'Insurance - Diversified',
      shares: 1_340,
      earningsPerShare: 31.2,
      dividendYield: 0,
    },
    price: { anchor: 512.7, beta: 0.75, own: 0.1 },
    trading: { volume: 4, liquidity: 3, strikes: [2.5, 10] },
  },
  {
    symbol: 'F',
    name: 'FORD MOTOR CO',
    market: XNYS,
    business: {
      sector: CONSUMER,
      industry: 'Auto Manufacturers',
      shares: 3_980,
      earningsPerShare: 1.1,
      dividendYield: 0.0453,
    },
    price: { anchor: 13.24, beta: 1.3, own: 0.24 },
    trading: { volume: 61, liquidity: 3, strikes: [0.5, 1] },
  },
  {
    symbol: 'THNQ',
    name: 'THINLY QUOTED HOLDINGS INC',
    market: XNYS,
    business: { sector: 'Industrials', industry: 'Conglomerates', shares: 11, earningsPerShare: 0.9, dividendYield: 0 },
    price: { anchor: 27.4, beta: 0.8, own: 0.45 },
    trading: { volume: 0.02, liquidity: 1, cycle: 'monthly', strikes: [2.5, 5] },
  },
  {
    symbol: 'DDCO',
    name: 'DORMANT DEPOSITARY CO',
    market: XNAS,
    business: {
      sector: 'Financial Services',
      industry: 'Shell Companies',
      shares: 4,
      earningsPerShare: -0.2,
      dividendYield: 0,
    },
    price: { anchor: 3.15, beta: 0, own: 0.3 },
    trading: { volume: 0, liquidity: 1, strikes: [1, 1] },
  },
];

/** Listed, but nobody ever quotes it: for trying out what happens then. */
export const DORMANT_STOCK = 'DDCO';
