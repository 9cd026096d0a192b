import type { WireObject } from '../desk.ts';

const equities = (symbols: readonly string[]): WireObject[] =>
  symbols.map((symbol) => ({ symbol, 'instrument-type': 'Equity' }));

/** The broker's own lists write this one key with an underscore. */
const publicEquities = (symbols: readonly string[]): WireObject[] =>
  symbols.map((symbol) => ({ symbol, instrument_type: 'Equity' }));

/** What every customer begins with. Names may hold blanks and slashes. */
export const FIRST_LISTS: readonly WireObject[] = [
  {
    name: 'Core Holdings',
    'watchlist-entries': equities(['SPY', 'QQQ', 'AAPL', 'MSFT']),
    'group-name': 'main',
    'order-index': 1,
  },
  {
    name: 'Futures / Crypto',
    'watchlist-entries': [
      { symbol: '/ES', 'instrument-type': 'Future' },
      { symbol: 'BTC/USD', 'instrument-type': 'Cryptocurrency' },
    ],
    'group-name': 'main',
    'order-index': 2,
  },
  { name: 'earnings', 'watchlist-entries': equities(['NVDA', 'AMZN']), 'group-name': 'ideas', 'order-index': 3 },
];

export const PUBLIC_LISTS: readonly WireObject[] = [
  {
    name: 'High Options Volume',
    'watchlist-entries': publicEquities(['SPY', 'QQQ', 'IWM', 'AAPL', 'NVDA', 'TSLA']),
    'group-name': 'Market Activity',
    'order-index': 1,
  },
  {
    name: 'Liquid ETFs',
    'watchlist-entries': publicEquities(['SPY', 'QQQ', 'IWM', 'GLD', 'TLT']),
    'group-name': 'Market Indices',
    'order-index': 100,
  },
];

export const PAIRS_LISTS: readonly WireObject[] = [
  {
    name: 'Futures',
    'pairs-equations': [
      {
        'left-action': 'Buy',
        'left-symbol': '/ZN',
        'left-quantity': 2,
        'right-action': 'Sell',
        'right-symbol': '/ZB',
        'right-quantity': 1,
      },
      {
        'left-action': 'Buy',
        'left-symbol': '/ES',
        'left-quantity': 1,
        'right-action': 'Sell',
        'right-symbol': '/NQ',
        'right-quantity': 1,
      },
    ],
    'order-index': 1,
  },
  {
    name: 'Index ETFs',
    'pairs-equations': [
      {
        'left-action': 'Buy',
        'left-symbol': 'SPY',
        'left-quantity': 1,
        'right-action': 'Sell',
        'right-symbol': 'QQQ',
        'right-quantity': 1,
      },
    ],
    'order-index': 2,
  },
];
