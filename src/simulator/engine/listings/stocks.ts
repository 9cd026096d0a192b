import { decimal } from '../../../core/decimal.ts';
import {
  EQUITY_PREMIUM,
  MARKET_VOLATILITY,
  NICKEL_OPTION_TICKS,
  PENNY_OPTION_TICKS,
  STOCK_TICKS,
  VOLATILITY_PREMIUM,
} from './product.ts';
import type { EquityOptionRoot, PriceSource, Product, Smile } from './product.ts';
import { DORMANT_STOCK, STOCK_TABLE } from './stock-table.ts';
import type { StockRow } from './stock-table.ts';

const MILLION = 1_000_000;
/** By liquidity: full width of the usual market, as a fraction of the price. */
const SPREADS = { 4: 0.000_02, 3: 0.000_1, 2: 0.000_8, 1: 0.012 } as const;
const PENNY_PILOT_LIQUIDITY = 3;

export const STOCKS: readonly Product[] = STOCK_TABLE.map((row) => {
  const { business, trading, price } = row;
  const [fine, coarse] = trading.strikes;
  const isDead = row.symbol === DORMANT_STOCK;
  return {
    listing: {
      symbol: row.symbol,
      kind: 'equity',
      description: row.name,
      listedMarket: row.market,
      multiplier: decimal(1),
      ticks: STOCK_TICKS,
      optionTicks: trading.liquidity >= PENNY_PILOT_LIQUIDITY ? PENNY_OPTION_TICKS : NICKEL_OPTION_TICKS,
      hasOptions: !isDead,
      fundamentals: {
        sector: business.sector,
        industry: business.industry,
        beta: price.beta,
        dividendYield: business.dividendYield,
        sharesOutstanding: business.shares * MILLION,
        earningsPerShare: business.earningsPerShare,
        liquidity: trading.liquidity,
        easyToBorrow: trading.liquidity > 1,
      },
    },
    price: walkOf(row),
    smile: smileOf(row),
    carryYield: business.dividendYield,
    averageVolume: trading.volume * MILLION,
    spread: SPREADS[trading.liquidity],
    isDead,
    optionRoots: isDead ? [] : [optionRoot(row)],
    strikes: { fine, coarse, nearWidth: 0.1 },
  };
});

function walkOf({ price }: StockRow): PriceSource {
  const { anchor, beta, sectorFactor, own } = price;
  const sector = sectorFactor === undefined ? {} : { [sectorFactor[0]]: sectorFactor[1] };
  return {
    from: 'walk',
    anchor,
    drift: EQUITY_PREMIUM * beta,
    factors: { market: beta * MARKET_VOLATILITY, ...sector },
    own,
  };
}

function smileOf({ price }: StockRow): Smile {
  const total = Math.hypot(price.beta * MARKET_VOLATILITY, price.sectorFactor?.[1] ?? 0, price.own);
  return { base: VOLATILITY_PREMIUM * total, skew: 0.045, curvature: 0.014 };
}

/** Options clear under a name without the slash: `BRKB`. */
function optionRoot({ symbol, trading }: StockRow): EquityOptionRoot {
  return { root: symbol.replace('/', ''), settlement: 'PM', cycle: trading.cycle ?? 'weekly' };
}
