import { decimal } from '../../../core/decimal.ts';
import type { EquityOptionRoot, Factor, Product, StrikeSteps } from './product.ts';
import { EQUITY_PREMIUM, MARKET_VOLATILITY, NICKEL_OPTION_TICKS, PENNY_OPTION_TICKS, STOCK_TICKS, VOLATILITY_PREMIUM } from './product.ts';

type StockRow = {
  readonly symbol: string;
  readonly name: string;
  readonly market: string;
  readonly sector: string;
  readonly industry: string;
  readonly price: number;
  readonly beta: number;
  /** Annual volatilities besides the market's: of its sector's factor, and its own. */
  readonly sectorFactor?: readonly [Factor, number];
  readonly own: number;
  readonly dividendYield: number;
  /** In millions. */
  readonly shares: number;
  readonly earningsPerShare: number;
  /** Shares a day, in millions. */
  readonly volume: number;
  readonly liquidity: 1 | 2 | 3 | 4;
  readonly cycle?: 'weekly' | 'monthly';
  readonly strikes: readonly [fine: number, coarse: number];
};

const MILLION = 1_000_000;
const SPREADS = { 4: 0.000_02, 3: 0.000_1, 2: 0.000_8, 1: 0.012 } as const;

const XNAS = 'XNAS';
const XNYS = 'XNYS';
const TECH = 'Technology';
const MEDIA = 'Communication Services';
const CONSUMER = 'Consumer Cyclical';

const ROWS: readonly StockRow[] = [
  { symbol: 'AAPL', name: 'APPLE INC', market: XNAS, sector: TECH, industry: 'Consumer Electronics', price: 309.35, beta: 1.1, sectorFactor: ['technology', 0.1], own: 0.17, dividendYield: 0.004, shares: 14_700, earningsPerShare: 7.9, volume: 48, liquidity: 4, strikes: [2.5, 5] },
  { symbol: 'MSFT', name: 'MICROSOFT CORP', market: XNAS, sector: TECH, industry: 'Software - Infrastructure', price: 538.2, beta: 1, sectorFactor: ['technology', 0.11], own: 0.14, dividendYield: 0.0066, shares: 7_430, earningsPerShare: 15.6, volume: 21, liquidity: 4, strikes: [2.5, 10] },
  { symbol: 'NVDA', name: 'NVIDIA CORP', market: XNAS, sector: TECH, industry: 'Semiconductors', price: 214.6, beta: 1.7, sectorFactor: ['technology', 0.2], own: 0.26, dividendYield: 0.0002, shares: 24_300, earningsPerShare: 5.9, volume: 172, liquidity: 4, strikes: [2.5, 5] },
  { symbol: 'AMZN', name: 'AMAZON.COM INC', market: XNAS, sector: CONSUMER, industry: 'Internet Retail', price: 252.4, beta: 1.25, sectorFactor: ['technology', 0.1], own: 0.19, dividendYield: 0, shares: 10_690, earningsPerShare: 7.7, volume: 41, liquidity: 4, strikes: [2.5, 5] },
  { symbol: 'GOOGL', name: 'ALPHABET INC CLASS A', market: XNAS, sector: MEDIA, industry: 'Internet Content & Information', price: 327.8, beta: 1.05, sectorFactor: ['technology', 0.1], own: 0.19, dividendYield: 0.0026, shares: 5_820, earningsPerShare: 11.2, volume: 30, liquidity: 4, strikes: [2.5, 5] },
  { symbol: 'META', name: 'META PLATFORMS INC', market: XNAS, sector: MEDIA, industry: 'Internet Content & Information', price: 724.5, beta: 1.2, sectorFactor: ['technology', 0.12], own: 0.22, dividendYield: 0.0029, shares: 2_520, earningsPerShare: 28.9, volume: 13, liquidity: 4, strikes: [5, 10] },
  { symbol: 'TSLA', name: 'TESLA INC', market: XNAS, sector: CONSUMER, industry: 'Auto Manufacturers', price: 431.1, beta: 1.9, sectorFactor: ['technology', 0.12], own: 0.4, dividendYield: 0, shares: 3_330, earningsPerShare: 1.7, volume: 84, liquidity: 4, strikes: [2.5, 10] },
  { symbol: 'AMD', name: 'ADVANCED MICRO DEVICES INC', market: XNAS, sector: TECH, industry: 'Semiconductors', price: 241.7, beta: 1.8, sectorFactor: ['technology', 0.2], own: 0.34, dividendYield: 0, shares: 1_630, earningsPerShare: 3.4, volume: 46, liquidity: 4, strikes: [2.5, 5] },
  { symbol: 'NFLX', name: 'NETFLIX INC', market: XNAS, sector: MEDIA, industry: 'Entertainment', price: 112.3, beta: 1, sectorFactor: ['technology', 0.06], own: 0.27, dividendYield: 0, shares: 4_240, earningsPerShare: 2.9, volume: 38, liquidity: 3, strikes: [1, 5] },
  { symbol: 'INTC', name: 'INTEL CORP', market: XNAS, sector: TECH, industry: 'Semiconductors', price: 41.85, beta: 1.3, sectorFactor: ['technology', 0.15], own: 0.38, dividendYield: 0, shares: 4_770, earningsPerShare: 0.4, volume: 88, liquidity: 4, strikes: [0.5, 1] },
  { symbol: 'JPM', name: 'JPMORGAN CHASE & CO', market: XNYS, sector: 'Financial Services', industry: 'Banks - Diversified', price: 318.4, beta: 1.05, own: 0.14, dividendYield: 0.0189, shares: 2_720, earningsPerShare: 20.9, volume: 9, liquidity: 3, strikes: [2.5, 5] },
  { symbol: 'XOM', name: 'EXXON MOBIL CORP', market: XNYS, sector: 'Energy', industry: 'Oil & Gas Integrated', price: 121.6, beta: 0.5, sectorFactor: ['oil', 0.14], own: 0.12, dividendYield: 0.0331, shares: 4_260, earningsPerShare: 7.1, volume: 15, liquidity: 3, strikes: [1, 5] },
  { symbol: 'KO', name: 'COCA-COLA CO', market: XNYS, sector: 'Consumer Defensive', industry: 'Beverages - Non-Alcoholic', price: 73.9, beta: 0.4, own: 0.11, dividendYield: 0.0276, shares: 4_300, earningsPerShare: 3, volume: 15, liquidity: 3, strikes: [0.5, 2.5] },
  { symbol: 'DIS', name: 'WALT DISNEY CO', market: XNYS, sector: MEDIA, industry: 'Entertainment', price: 117.9, beta: 1.1, own: 0.2, dividendYield: 0.0085, shares: 1_790, earningsPerShare: 6.9, volume: 9, liquidity: 3, strikes: [1, 5] },
  { symbol: 'BRK/B', name: 'BERKSHIRE HATHAWAY INC CLASS B', market: XNYS, sector: 'Financial Services', industry: 'Insurance - Diversified', price: 512.7, beta: 0.75, own: 0.1, dividendYield: 0, shares: 1_340, earningsPerShare: 31.2, volume: 4, liquidity: 3, strikes: [2.5, 10] },
  { symbol: 'F', name: 'FORD MOTOR CO', market: XNYS, sector: CONSUMER, industry: 'Auto Manufacturers', price: 13.24, beta: 1.3, own: 0.24, dividendYield: 0.0453, shares: 3_980, earningsPerShare: 1.1, volume: 61, liquidity: 3, strikes: [0.5, 1] },
  { symbol: 'THNQ', name: 'THINLY QUOTED HOLDINGS INC', market: XNYS, sector: 'Industrials', industry: 'Conglomerates', price: 27.4, beta: 0.8, own: 0.45, dividendYield: 0, shares: 11, earningsPerShare: 0.9, volume: 0.02, liquidity: 1, cycle: 'monthly', strikes: [2.5, 5] },
  { symbol: 'DDCO', name: 'DORMANT DEPOSITARY CO', market: XNAS, sector: 'Financial Services', industry: 'Shell Companies', price: 3.15, beta: 0, own: 0.3, dividendYield: 0, shares: 4, earningsPerShare: -0.2, volume: 0, liquidity: 1, strikes: [1, 1] },
];

/** Listed, but nobody ever quotes it: for trying out what happens then. */
const DEAD = 'DDCO';

export const STOCKS: readonly Product[] = ROWS.map(stock);

function stock(row: StockRow): Product {
  const [factor, weight] = row.sectorFactor ?? ['technology', 0];
  const market = row.beta * MARKET_VOLATILITY;
  const isDead = row.symbol === DEAD;
  return {
    listing: {
      symbol: row.symbol,
      kind: 'equity',
      description: row.name,
      listedMarket: row.market,
      multiplier: decimal(1),
      ticks: STOCK_TICKS,
      optionTicks: row.liquidity >= 3 ? PENNY_OPTION_TICKS : NICKEL_OPTION_TICKS,
      hasOptions: !isDead,
      fundamentals: {
        sector: row.sector,
        industry: row.industry,
        beta: row.beta,
        dividendYield: row.dividendYield,
        sharesOutstanding: row.shares * MILLION,
        earningsPerShare: row.earningsPerShare,
        liquidity: row.liquidity,
        easyToBorrow: row.liquidity > 1,
      },
    },
    price: { from: 'walk', anchor: row.price, drift: EQUITY_PREMIUM * row.beta, factors: { market, [factor]: weight }, own: row.own },
    smile: { base: VOLATILITY_PREMIUM * Math.hypot(market, weight, row.own), skew: 0.045, curvature: 0.014 },
    carryYield: row.dividendYield,
    averageVolume: row.volume * MILLION,
    spread: SPREADS[row.liquidity],
    isDead,
    optionRoots: isDead ? [] : [optionRoot(row)],
    strikes: strikeSteps(row.strikes),
  };
}

/** Options clear under a name without the slash: `BRKB`. */
function optionRoot(row: StockRow): EquityOptionRoot {
  return { root: row.symbol.replace('/', ''), settlement: 'PM', cycle: row.cycle ?? 'weekly' };
}

function strikeSteps([fine, coarse]: readonly [number, number]): StrikeSteps {
  return { fine, coarse, nearWidth: 0.1 };
}
