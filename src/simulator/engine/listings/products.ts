import { CURRENCY_PRODUCTS, FUTURES_PRODUCTS } from './futures-and-currencies.ts';
import { FUND_PRODUCTS, INDEX_PRODUCTS } from './funds-and-indices.ts';
import type { Product } from './product.ts';
import { STOCKS } from './stocks.ts';

/** Everything the simulated market lists. */
export const PRODUCTS: readonly Product[] = [
  ...FUND_PRODUCTS,
  ...STOCKS,
  ...INDEX_PRODUCTS,
  ...FUTURES_PRODUCTS,
  ...CURRENCY_PRODUCTS,
];
