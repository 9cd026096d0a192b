import { createBoundedMemo } from '../bounded-memo.ts';
import type { TradingClock } from '../calendar/trading-clock.ts';
import { deliveredAt } from '../chains/dated-futures.ts';
import type { Product } from '../listings/product.ts';
import type { Contract, MarketGreeks } from '../market.ts';
import { europeanOption, futureOption, intrinsicValue, orExercised } from '../options/black-scholes.ts';
import type { OptionValue } from '../options/black-scholes.ts';
import { YEAR_MS } from '../prices/brownian-walk.ts';
import type { Instant, SpotPrices } from '../prices/spot-prices.ts';
import { strikeVolatility } from '../volatility/volatility-surface.ts';

/** Annual, continuous: what money earns in the option model. */
export const RISK_FREE_RATE = 0.04;

export type FairValue = {
  /** What a contract is worth; from its expiry on, what it settled at. Unrounded. */
  price(contract: Contract, at: number): number;
  /** Undefined for what is no option and from expiry on. */
  greeks(contract: Contract, at: number): MarketGreeks | undefined;
};

type Dependencies = {
  readonly productOf: (contract: Contract) => Product;
  readonly clock: TradingClock;
  readonly prices: SpotPrices;
};

type Valued = OptionValue & { readonly volatility: number };

type OptionContract = Contract & {
  readonly option: NonNullable<Contract['option']>;
  readonly expiresAt: NonNullable<Contract['expiresAt']>;
};

const REMEMBERED_DELIVERIES = 1024;

export function createFairValue({ productOf, clock, prices }: Dependencies): FairValue {
  const deliveries = createBoundedMemo<string, number>(REMEMBERED_DELIVERIES);

  const futurePrice = (product: Product, expiresAt: number, instant: Instant): number =>
    prices.spot(product, instant) *
    Math.exp((RISK_FREE_RATE - product.carryYield) * yearsBetween(instant.walked, expiresAt));

  const underlyingPrice = (product: Product, contract: OptionContract, instant: Instant): number => {
    const details = product.listing.product;
    if (details === undefined) return prices.spot(product, instant);
    const key = `${contract.underlying} ${contract.expiresAt}`;
    const delivery = deliveries.get(key, () => deliveredAt(details, contract.underlying, contract.expiresAt));
    return futurePrice(product, delivery, instant);
  };

  const valueOption = (contract: OptionContract, instant: Instant): Valued | undefined => {
    const years = yearsBetween(instant.walked, contract.expiresAt);
    if (years <= 0) return undefined;
    const product = productOf(contract);
    const spot = underlyingPrice(product, contract, instant);
    const strike = Number(contract.option.strike);
    const isFuture = contract.instrumentType === 'Future Option';
    const carryYield = isFuture ? RISK_FREE_RATE : product.carryYield;
    const forward = spot * Math.exp((RISK_FREE_RATE - carryYield) * years);
    const volatility = strikeVolatility(product, { forward, strike, years, stress: prices.stress(instant.walked) });
    const terms = { side: contract.option.side, spot, strike, years, volatility, rate: RISK_FREE_RATE };
    const held = isFuture ? futureOption(terms) : europeanOption({ ...terms, carryYield });
    return { ...(isEuropean(product) ? held : orExercised(held, terms)), volatility };
  };

  const settled = (contract: OptionContract, instant: Instant): number =>
    intrinsicValue(
      contract.option.side,
      underlyingPrice(productOf(contract), contract, instant),
      Number(contract.option.strike),
    );

  return {
    price(contract, at) {
      const instant = instantOf(clock, contract, at);
      if (isOption(contract)) return valueOption(contract, instant)?.price ?? settled(contract, instant);
      const product = productOf(contract);
      return contract.expiresAt === undefined
        ? prices.spot(product, instant)
        : futurePrice(product, contract.expiresAt, instant);
    },
    greeks(contract, at) {
      if (!isOption(contract) || at >= contract.expiresAt) return undefined;
      return valueOption(contract, instantOf(clock, contract, at));
    },
  };
}

/** Prices stand still outside the session, and for good from expiry on. */
function instantOf(clock: TradingClock, contract: Contract, at: number): Instant {
  const until = Math.min(at, contract.expiresAt ?? at);
  return { walked: clock.lastTraded(contract.instrumentType, until), at: until };
}

function isOption(contract: Contract): contract is OptionContract {
  return contract.option !== undefined && contract.expiresAt !== undefined;
}

/** Index options are exercised at expiry only; those on shares and futures at any time. */
function isEuropean(product: Product): boolean {
  return product.listing.kind === 'index';
}

function yearsBetween(from: number, to: number): number {
  return (to - from) / YEAR_MS;
}
