import { DATE, call, stock } from './order-desk.ts';

/** A ticket with something wrong in it: what it is, its arguments, and the tool where it is not `place_order`. */
export type Malformed = readonly [what: string, args: unknown, tool?: 'place_complex_order' | 'preview_order'];

export const SHARES = { legs: [stock('Buy', 1)], price: -600 };
const leg = (changes: object) => ({ legs: [{ ...stock('Buy', 1), ...changes }], price: -600 });
export const order = (changes: object) => ({ ...SHARES, ...changes });
export const option = (changes: object) => ({ legs: [{ ...call(600, 'Buy to Open'), ...changes }], price: -12.35 });
const text = (legs: string) => ({ legs, price: -600 });
export const bare = { symbol: 'SPY', action: 'Buy' };
const SELL_LEG = { symbol: 'SPY', action: 'Sell to Close', quantity: 1 };
export const closing = (changes: object = {}) => ({ legs: [SELL_LEG], price: 610, ...changes });
export const stop = (changes: object = {}) => ({ legs: [SELL_LEG], order_type: 'Stop', stop_trigger: 590, ...changes });

const QUANTITIES: readonly Malformed[] = [
  '10 shares',
  '1,000',
  '1e3',
  '1E0',
  '１０',
  '٣',
  '-5',
  -5,
  0,
  '0',
  '-0',
  Number.NaN,
  'NaN',
  Number.POSITIVE_INFINITY,
  'Infinity',
  'ten',
  '0x10',
  '1_000',
  '½',
  '10.5',
  1.5,
  true,
  [1],
  { value: 1 },
  '',
  ' ',
  ' 10',
  '1 000',
  '1e400',
  1e300,
  '9'.repeat(70),
  1_000_001,
  '--5',
  null,
  undefined,
].map((quantity) => [`quantity ${JSON.stringify(quantity) ?? 'left out'}`, leg({ quantity })]);

const ACTIONS: readonly Malformed[] = [
  undefined,
  null,
  5,
  ['Buy'],
  '',
  'Byu',
  'BTO',
  'B',
  'long',
  'short',
  'buy 10',
  'Buy to Sell',
  'Buy and Sell',
  'Buy/Sell',
  'Sell to Open or Close',
  'Buy to Open Sell to Close',
  'not Buy',
  'Ｂuy',
  'Buy\u200b',
  'Buy\u0000',
  'Вuy',
  `Buy${' '.repeat(40)}`,
].map((action) => [`action ${JSON.stringify(action) ?? 'left out'}`, leg({ action })]);

const PRICES: readonly Malformed[] = [
  '$600',
  '-$600',
  '-600 USD',
  '(600)',
  '600 debit',
  '-600,00',
  '−600',
  'mid',
  'market',
  '-6e2',
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  0,
  '0.00',
  600,
  '600',
  '-600.005',
  -1e9,
  [-600],
  true,
].map((price) => [`price ${JSON.stringify(price)}`, order({ price })]);

const LEGS: readonly Malformed[] = [
  ['no legs', { price: -600 }],
  ['an empty list of legs', order({ legs: [] })],
  ['legs that are null', order({ legs: null })],
  ['legs as a sentence', text('SPY Buy 1')],
  ['legs as empty text', text('')],
  ['legs as cut JSON text', text('[{"symbol":"SPY","action":"Buy","quantity":1}')],
  ['legs as JSON text with more behind it', text('[{"symbol":"SPY","action":"Buy","quantity":1}] and sell it')],
  ['legs as JSON text of a number', text('7')],
  ['legs as JSON text in JSON text', text('"[{}]"')],
  [
    'legs as JSON text that names its action twice',
    text('[{"symbol":"SPY","action":"Sell to Open","action":"Buy","quantity":1}]'),
  ],
  [
    'legs as JSON text that names its quantity twice',
    text('[{"symbol":"SPY","action":"Buy","quantity":1,"quantity":100}]'),
  ],
  ['legs as JSON text with a comment', text('[{"symbol":"SPY","action":"Buy","quantity":1} /* no */]')],
  ['legs as JSON text with a bad quantity', text('[{"symbol":"SPY","action":"Buy","quantity":"1,000"}]')],
  ['legs within legs', order({ legs: [[stock('Buy', 1)]] })],
  ['legs under another name', order({ legs: { legs: [stock('Buy', 1)] } })],
  ['a leg that is null', order({ legs: [null] })],
  ['a leg that is text', order({ legs: ['Buy 1 SPY'] })],
  ['a leg twice', { legs: [call(600, 'Buy to Open'), call(600, 'Buy to Open')], price: -24 }],
  ['a leg and its contrary', { legs: [call(600, 'Buy to Open'), call(600, 'Sell to Open')], price: -1 }],
  ['five legs', { legs: [600, 605, 610, 600, 605].map((strike) => call(strike, 'Buy to Open')), price: -1 }],
  ['two stocks', { legs: [stock('Buy', 1), { ...stock('Buy', 1), symbol: 'QQQ' }], price: -1 }],
  ['two underlyings', { legs: [call(600, 'Buy to Open'), { ...call(50, 'Buy to Open'), symbol: 'XYZ' }], price: -13 }],
  ['a stock with its option', { legs: [stock('Buy', 1), call(600, 'Sell to Open')], price: -1 }],
  ['a ratio that is no ratio', { legs: [call(600, 'Buy to Open', '1.5'), call(605, 'Sell to Open', 3)], price: -1 }],
];

const INSTRUMENTS: readonly Malformed[] = [
  ['half an option: no strike', option({ strike_price: undefined })],
  ['half an option: no expiration', option({ expiration_date: null })],
  ['half an option: only a side', leg({ option_type: 'C' })],
  ['an option side that is neither', option({ option_type: 'X' })],
  ['an option side that is both', option({ option_type: 'Call Put' })],
  ['a strike with its side', option({ strike_price: '600C' })],
  ['a strike below zero', option({ strike_price: -600 })],
  ['an expiration in words', option({ expiration_date: 'next Friday' })],
  ['an expiration the American way', option({ expiration_date: '12/18/2026' })],
  ['an expiration that is no day', option({ expiration_date: '2026-02-30' })],
  ['a strike that is not listed', option({ strike_price: 601 })],
  ['a symbol with a path in it', leg({ symbol: '../SPY' })],
  ['a symbol with a question in it', leg({ symbol: 'SPY?x=1' })],
  ['an unknown symbol', leg({ symbol: 'NOPE' })],
  ['an index', leg({ symbol: 'VIX' })],
  ['a future that is opened', { legs: [{ symbol: '/ESZ6', action: 'Buy to Open', quantity: 1 }], price: -6000 }],
  ['coins sold short', { legs: [{ symbol: 'BTC/USD', action: 'Sell to Open', quantity: 1 }], price: 90_000 }],
];

export const EFFECTS: readonly Malformed[] = [
  ['a plain Sell of nothing held', { legs: [{ ...stock('Sell', 1), symbol: 'QQQ' }], price: 500 }],
  ['a plain Sell of more than is held', { legs: [stock('Sell', 101)], price: 600 }],
  ['a plain Buy past a short', { legs: [call(605, 'Buy', 3)], price: -9 }],
  ['a plain Sell of an option not held', { legs: [call(600, 'Sell')], price: 12 }],
  ['a spread of which one side would go short', { legs: [call(600, 'Buy'), call(610, 'Sell')], price: -5 }],
];

const KEYS: readonly Malformed[] = [
  ['a side beside the action', order({ side: 'sell' })],
  ['a quantity of the whole', order({ quantity: 5 })],
  ['a limit price of another name', { legs: [stock('Buy', 1)], limit_price: -600 }],
  ['a leg with a price of its own', leg({ price: -600 })],
  ['a leg with a second quantity', leg({ qty: 100 })],
  ['a forged prototype', JSON.parse('{"legs":[{"symbol":"SPY","action":"Buy","quantity":1}],"__proto__":{"price":1}}')],
  [
    'a forged prototype of a leg',
    JSON.parse('{"legs":[{"symbol":"SPY","action":"Buy","__proto__":{"quantity":100}}],"price":-600}'),
  ],
  ['a forged prototype in JSON text', text('[{"symbol":"SPY","action":"Buy","__proto__":{"quantity":100}}]')],
  ['a constructor', order({ constructor: { prototype: {} } })],
  ['confirm: true', order({ confirm: true })],
  ['a dry_run that is text', order({ dry_run: 'false' })],
  ['an allow_duplicate that is a number', order({ allow_duplicate: 1 })],
  ['an account of somebody else', order({ account_number: '5WT99999' })],
  ['a client_order_id with a path in it', order({ client_order_id: '../1' })],
];

const CONFIRMATIONS: readonly Malformed[] = [
  'garbage',
  'true',
  'yes please send it',
  '',
  {},
  7,
  true,
  'a'.repeat(65),
  '00000000-0000-4000-8000-000000000001',
  "' OR 1=1 --",
].map((confirmation) => [`confirmation ${JSON.stringify(confirmation)}`, order({ confirmation })]);

const TERMS: readonly Malformed[] = [
  ['a wrong order type', order({ order_type: 'Limitt' })],
  ['an order type in another case that is two', order({ order_type: 'MARKET LIMIT' })],
  ['an order type of another house', order({ order_type: 'LMT' })],
  ['a wrong time in force', order({ time_in_force: 'Forever' })],
  ['a time in force in another case that is two', order({ time_in_force: 'day gtc' })],
  ['a market order with a price', order({ order_type: 'Market' })],
  ['a market order that waits', { legs: [stock('Buy', 1)], order_type: 'Market', time_in_force: 'GTC' }],
  [
    'a market order until a day',
    { legs: [stock('Buy', 1)], order_type: 'Market', time_in_force: 'GTD', good_until: DATE },
  ],
  ['a market order in extended hours', { legs: [stock('Buy', 1)], order_type: 'Market', time_in_force: 'Ext' }],
  ['a market order of a spread', { legs: [call(600, 'Buy to Open'), call(605, 'Sell to Open')], order_type: 'Market' }],
  ['a marketable limit with a price', order({ order_type: 'Marketable Limit' })],
  ['extended hours for an option', { ...option({}), time_in_force: 'Ext' }],
  [
    'overnight for a coin',
    { legs: [{ symbol: 'BTC/USD', action: 'Buy', quantity: 1 }], price: -1, time_in_force: 'GTC Ext Overnight' },
  ],
  ['GTD without a day', order({ time_in_force: 'GTD' })],
  ['a day without GTD', order({ good_until: DATE })],
  ['GTD until yesterday', order({ time_in_force: 'GTD', good_until: '2026-11-22' })],
  ['GTD until no day at all', order({ time_in_force: 'GTD', good_until: '2026-11-31' })],
  ['an amount with a quantity', { legs: [stock('Buy', 1)], order_type: 'Notional Market', value: 100 }],
  ['an amount below five dollars', { legs: [bare], order_type: 'Notional Market', value: '4.99' }],
  ['an amount below zero', { legs: [bare], order_type: 'Notional Market', value: -100 }],
  ['an amount in words', { legs: [bare], order_type: 'Notional Market', value: '$100' }],
  ['no amount', { legs: [bare], order_type: 'Notional Market' }],
  ['an amount with a price', { legs: [bare], order_type: 'Notional Market', value: 100, price: -600 }],
  ['an amount that waits', { legs: [bare], order_type: 'Notional Market', value: 100, time_in_force: 'GTC' }],
  ['an amount of a limit order', order({ value: 100 })],
  [
    'an amount of an option',
    { legs: [{ ...call(600, 'Buy to Open'), quantity: null }], order_type: 'Notional Market', value: 100 },
  ],
  ['a stop without a trigger', stop({ stop_trigger: undefined })],
  ['a stop with a trigger of nought', stop({ stop_trigger: 0 })],
  ['a stop with a price', stop({ price: 589 })],
  [
    'a stop that opens and waits',
    { legs: [stock('Buy to Open', 1)], order_type: 'Stop', stop_trigger: 610, time_in_force: 'GTC' },
  ],
  ['a stop limit without a price', stop({ order_type: 'Stop Limit' })],
  ['a stop limit without a trigger', closing({ order_type: 'Stop Limit' })],
  ['a limit order with a trigger', closing({ stop_trigger: 590 })],
];

const complex = (type: unknown, orders: unknown, more: object = {}): Malformed => [
  `${JSON.stringify(type)} of ${Array.isArray(orders) ? orders.length : typeof orders}`,
  { type, orders, ...more },
  'place_complex_order',
];
const COMPLEX: readonly Malformed[] = [
  complex('OCO', [closing()]),
  complex('OCO', []),
  complex('OCO', [closing(), stop(), stop()]),
  complex('OCO', [SHARES, SHARES]),
  complex('OCO', [closing(), { legs: [stock('Sell to Open', 1)], price: 610 }]),
  complex('OCO', [closing({ price: undefined }), stop()]),
  complex('OCO', [closing(), stop({ stop_trigger: null })]),
  complex('OCO', [closing({ price: -610 }), stop()]),
  complex('OTO', [SHARES]),
  complex('OTO', [order({ price: null }), stop()]),
  complex('OTO', [order({ price: 600 }), stop()]),
  complex('OTO', [SHARES, stop(), stop(), stop(), stop()]),
  complex('OTOCO', [SHARES, closing()]),
  complex('OTOCO', [SHARES, closing(), SHARES]),
  complex('OTOCO', [SHARES, closing(), stop(), stop()]),
  complex('oco', [closing(), stop()]),
  complex('Bracket', [SHARES, closing(), stop()]),
  complex('OTO', 'Buy then sell'),
  complex('OTO', '[{"legs":[]}'),
  complex('OTO', [[SHARES], [stop()]]),
  complex('OTO', [SHARES, stop()], { legs: [stock('Buy', 1)] }),
  complex('OTO', [SHARES, stop({ time_in_force: 'GTD' })]),
  complex('OTO', [SHARES, { ...stop(), legs: [{ ...SELL_LEG, quantity: '1 share' }] }]),
];

/** All of them, by what is wrong with each. */
export const MALFORMED: readonly Malformed[] = [
  ...QUANTITIES,
  ...ACTIONS,
  ...PRICES,
  ...LEGS,
  ...INSTRUMENTS,
  ...EFFECTS,
  ...KEYS,
  ...CONFIRMATIONS,
  ...TERMS,
  ...COMPLEX,
];
