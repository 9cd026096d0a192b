import {
  absolute,
  isNegative,
  isZero,
  multiply,
  roundTo,
  toNumber,
  ZERO,
  type Decimal,
} from '../../../core/decimal.ts';
import { decimalText, offsetTime, withEffect } from '../../wire-text.ts';
import type { WireObject } from '../desk.ts';
import { tradingDay } from '../world/trading-day.ts';
import type { Position } from './book.ts';
import type { MarketView } from './holding.ts';

const PLACES = 8;
const text = (value: Decimal): string => decimalText(roundTo(value, PLACES));

const direction = (quantity: Decimal): string => {
  if (isZero(quantity)) return 'Zero';
  return isNegative(quantity) ? 'Short' : 'Long';
};

function marksWire(position: Position, mark: Decimal): WireObject {
  const value = multiply(multiply(mark, absolute(position.quantity)), position.multiplier);
  return { mark: text(value), 'mark-price': text(mark) };
}

function gainsWire(position: Position, today: string): WireObject {
  const gain = position.realizedDate === today ? position.realized : ZERO;
  return {
    ...withEffect('realized-day-gain', gain),
    'realized-day-gain-date': today,
    ...withEffect('realized-today', gain),
    'realized-today-date': today,
  };
}

type PositionView = MarketView & { readonly account: string; readonly includeMarks: boolean };

export function positionWire(position: Position, view: PositionView): WireObject {
  const contract = view.market.find(position.symbol, view.at);
  const close = contract === undefined ? ZERO : view.market.day(contract, view.at).prevClose;
  const mark = contract === undefined ? ZERO : view.market.quote(contract, view.at).mark;
  return {
    'account-number': view.account,
    symbol: position.symbol,
    'instrument-type': position.instrumentType,
    'underlying-symbol': position.underlying,
    ...(position.streamerSymbol === undefined ? {} : { 'streamer-symbol': position.streamerSymbol }),
    quantity: toNumber(absolute(position.quantity)),
    'quantity-direction': direction(position.quantity),
    'close-price': text(close),
    'average-open-price': text(position.averageOpenPrice),
    'average-yearly-market-close-price': text(position.averageOpenPrice),
    'average-daily-market-close-price': text(close),
    ...(view.includeMarks ? marksWire(position, mark) : {}),
    multiplier: toNumber(position.multiplier),
    'cost-effect': isNegative(position.quantity) ? 'Debit' : 'Credit',
    'is-suppressed': false,
    'is-frozen': false,
    'restricted-quantity': 0,
    ...(position.expiresAt === undefined ? {} : { 'expires-at': offsetTime(position.expiresAt) }),
    ...gainsWire(position, tradingDay(view.at)),
    'created-at': offsetTime(position.createdAt),
    'updated-at': offsetTime(position.updatedAt),
  };
}
