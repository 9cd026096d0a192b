import { decimal, type Decimal } from '../../../core/decimal.ts';
import type { EpochMs } from '../../../core/clock.ts';
import { offsetTime } from '../../wire-text.ts';
import type { WireObject } from '../desk.ts';
import type { TradedType } from '../orders/order.ts';
import type { Profile } from './profile.ts';

/** Per order, as the position-limit route tells them. */
export const ORDER_SIZE_LIMITS: Record<TradedType, Decimal> = {
  Equity: decimal('50000'),
  'Equity Option': decimal('10000'),
  Future: decimal('2500'),
  'Future Option': decimal('2500'),
  Cryptocurrency: decimal('50000'),
};

const OPTIONS_LEVELS = { Margin: 'No Restrictions', Cash: 'Covered And Cash Secured' } as const;

export const optionsLevel = (profile: Profile): string => OPTIONS_LEVELS[profile.kind];

export function accountWire(profile: Profile, openedAt: EpochMs): WireObject {
  return {
    'account-number': profile.number,
    'external-id': `A${profile.number.padStart(8, '0')}-0000-0000-0000-000000000000`,
    'opened-at': offsetTime(openedAt),
    nickname: profile.nickname,
    'account-type-name': 'Individual',
    'day-trader-status': false,
    'is-closed': false,
    'is-firm-error': false,
    'is-firm-proprietary': false,
    'is-futures-approved': profile.isFuturesEnabled,
    'is-test-drive': false,
    'margin-or-cash': profile.kind,
    'is-foreign': false,
    'funding-date': offsetTime(openedAt).slice(0, 10),
    'investment-objective': 'SPECULATION',
    'suitable-options-level': optionsLevel(profile),
    'created-at': offsetTime(openedAt),
  };
}

export function tradingStatusWire(profile: Profile, openedAt: EpochMs): WireObject {
  const isMargin = profile.kind === 'Margin';
  return {
    'account-number': profile.number,
    'day-trade-count': 0,
    'equities-margin-calculation-type': isMargin ? 'Reg T' : 'Cash',
    'fee-schedule-name': 'default',
    'futures-margin-rate-multiplier': profile.isFuturesEnabled ? '1.0' : '0.0',
    'has-intraday-equities-margin': false,
    id: Number.parseInt(profile.number.slice(-5), 36),
    'is-aggregated-at-clearing': false,
    'is-closed': false,
    'is-closing-only': false,
    'is-cryptocurrency-closing-only': false,
    'is-cryptocurrency-enabled': profile.isCryptoEnabled,
    'is-frozen': false,
    'is-full-equity-margin-required': !isMargin,
    'is-futures-closing-only': false,
    'is-futures-intra-day-enabled': false,
    'is-futures-enabled': profile.isFuturesEnabled,
    'is-in-day-trade-equity-maintenance-call': false,
    'is-in-margin-call': false,
    'is-pattern-day-trader': false,
    'is-portfolio-margin-enabled': false,
    'is-risk-reducing-only': false,
    'is-small-notional-futures-intra-day-enabled': false,
    'is-roll-the-day-forward-enabled': true,
    'are-far-otm-net-options-restricted': true,
    'options-level': optionsLevel(profile),
    'short-calls-enabled': isMargin,
    'small-notional-futures-margin-rate-multiplier': profile.isFuturesEnabled ? '1.0' : '0.0',
    'is-equity-offering-enabled': false,
    'is-equity-offering-closing-only': false,
    'enhanced-fraud-safeguards-enabled-at': offsetTime(openedAt),
    'updated-at': offsetTime(openedAt),
  };
}

export function positionLimitWire(profile: Profile): WireObject {
  return {
    'account-number': profile.number,
    'equity-order-size': 50_000,
    'equity-option-order-size': 10_000,
    'future-order-size': 2500,
    'future-option-order-size': 2500,
    'underlying-opening-order-limit': 500,
    'equity-position-size': 500_000,
    'equity-option-position-size': 20_000,
    'future-position-size': 5000,
    'future-option-position-size': 5000,
  };
}
