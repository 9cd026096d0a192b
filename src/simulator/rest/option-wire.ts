import type { EpochMs } from '../../core/clock.ts';
import { decimal, divide } from '../../core/decimal.ts';
import type { WireObject } from '../engine/desk.ts';
import type { Contract, Expiration, FuturesProduct } from '../engine/market.ts';
import { decimalText } from '../wire-text.ts';
import { daysTo, expiryTimes, tickSizes } from './instrument-wire.ts';

const HUNDRED = decimal(100);

const streamer = (key: string, contract: Contract): WireObject =>
  contract.streamerSymbol === undefined ? {} : { [key]: contract.streamerSymbol };

const strikeText = (contract: Contract): string | undefined => contract.option && decimalText(contract.option.strike);

/** One option on a stock, fund or index. */
export function equityOptionWire(option: Contract, expiration: Expiration, now: EpochMs): WireObject {
  return {
    symbol: option.symbol,
    'instrument-type': 'Equity Option',
    active: true,
    'strike-price': strikeText(option),
    'root-symbol': expiration.root,
    'underlying-symbol': expiration.underlying,
    'expiration-date': expiration.date,
    'exercise-style': option.listing.kind === 'index' ? 'European' : 'American',
    'shares-per-contract': Number(option.multiplier),
    'option-type': option.option?.side,
    'option-chain-type': 'Standard',
    'expiration-type': expiration.type,
    'settlement-type': expiration.settlement,
    'market-time-instrument-collection': 'Equity Option',
    'days-to-expiration': daysTo(expiration.date, now),
    ...expiryTimes(expiration.expiresAt),
    'is-closing-only': false,
    ...streamer('streamer-symbol', option),
  };
}

export function futureOptionProductWire(expiration: Expiration, product: FuturesProduct): WireObject {
  return {
    'root-symbol': expiration.root,
    'cash-settled': false,
    code: expiration.root,
    'legacy-code': expiration.root,
    'clearport-code': expiration.root,
    'clearing-code': expiration.root,
    'clearing-exchange-code': '9C',
    'clearing-price-multiplier': '1.0',
    'display-factor': '0.01',
    exchange: product.exchange,
    'product-type': 'Physical',
    'expiration-type': expiration.type,
    'settlement-delay-days': 0,
    'is-rollover': false,
    ...(expiration.settlement === 'AM' ? { 'is-am-settled': true } : {}),
    supported: true,
    'market-sector': product.sector,
  };
}

export type FutureOptionContext = {
  readonly expiration: Expiration;
  readonly product: FuturesProduct;
  readonly now: EpochMs;
};

/** One option on a future. `multiplier` here is the broker's factor between future and option, not money per point. */
export function futureOptionWire(option: Contract, { expiration, product, now }: FutureOptionContext): WireObject {
  const { side, strike } = option.option ?? {};
  return {
    symbol: option.symbol,
    'underlying-symbol': option.underlying,
    'product-code': product.code,
    'expiration-date': expiration.date,
    'root-symbol': option.listing.symbol,
    'option-root-symbol': expiration.root,
    'strike-price': strikeText(option),
    exchange: product.exchange,
    'exchange-symbol': `${expiration.contractCode} ${side}${strike}`,
    ...streamer('streamer-symbol', option),
    'option-type': side,
    'exercise-style': 'American',
    'is-vanilla': true,
    'is-primary-deliverable': true,
    'future-price-ratio': '1.0',
    multiplier: '1.0',
    'underlying-count': '1.0',
    'is-confirmed': true,
    'notional-value': notionalValue(option),
    'display-factor': '0.01',
    'security-exchange': '2',
    'sx-id': '0',
    'settlement-type': 'Future',
    'strike-factor': '1.0',
    'maturity-date': expiration.date,
    'is-exercisable-weekly': true,
    'last-trade-time': '0',
    'days-to-expiration': daysTo(expiration.date, now),
    'is-closing-only': false,
    active: true,
    ...expiryTimes(expiration.expiresAt),
    'future-option-product': futureOptionProductWire(expiration, product),
  };
}

/** Money per point over 100, as the captures have it: `0.5` for /ES with its 50 dollars. */
const notionalValue = (option: Contract): string => decimalText(divide(option.multiplier, HUNDRED));

/** A strike of a nested chain: both sides, a missing streamer symbol left out. */
const strikeWire = ({ call, put }: Expiration['strikes'][number]): WireObject => ({
  'strike-price': strikeText(call),
  call: call.symbol,
  ...streamer('call-streamer-symbol', call),
  put: put.symbol,
  ...streamer('put-streamer-symbol', put),
});

export const nestedEquityExpiration = (expiration: Expiration, now: EpochMs): WireObject => ({
  'expiration-type': expiration.type,
  'expiration-date': expiration.date,
  'days-to-expiration': daysTo(expiration.date, now),
  'settlement-type': expiration.settlement,
  strikes: expiration.strikes.map(strikeWire),
});

/** Like the real one, in no order of strike: every other strike comes later. */
export function nestedFutureExpiration(expiration: Expiration, now: EpochMs): WireObject {
  const even = expiration.strikes.filter((_, index) => index % 2 === 0);
  const odd = expiration.strikes.filter((_, index) => index % 2 === 1);
  const [first] = expiration.strikes;
  return {
    'underlying-symbol': expiration.underlying,
    'root-symbol': first?.call.listing.symbol,
    'option-root-symbol': expiration.root,
    'option-contract-symbol': expiration.contractCode,
    asset: expiration.root,
    'expiration-date': expiration.date,
    'days-to-expiration': daysTo(expiration.date, now),
    'expiration-type': expiration.type,
    'settlement-type': expiration.settlement,
    ...(first === undefined ? {} : { 'notional-value': notionalValue(first.call) }),
    'display-factor': '0.01',
    'strike-factor': '1.0',
    ...expiryTimes(expiration.expiresAt),
    'tick-sizes': tickSizes(first?.call.ticks ?? []),
    strikes: [...even, ...odd].map(strikeWire),
  };
}
