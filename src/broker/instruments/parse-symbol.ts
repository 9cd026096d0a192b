import { isoDate } from '../model/symbol.ts';
import type { IsoDate, OptionSide } from '../model/symbol.ts';
import { decimal, divide } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';

export type OptionTermsText = { readonly side: OptionSide; readonly strike: Decimal; readonly expiration: IsoDate };

/** What a symbol names, as far as its form tells. */
export type ParsedSymbol =
  | { readonly kind: 'equity'; readonly symbol: string }
  | ({ readonly kind: 'equity-option'; readonly root: string } & OptionTermsText)
  | { readonly kind: 'future'; readonly symbol: string; readonly product: string }
  | { readonly kind: 'future-product'; readonly product: string }
  | ({ readonly kind: 'future-option'; readonly symbol: string; readonly product: string } & OptionTermsText)
  | { readonly kind: 'cryptocurrency'; readonly symbol: string };

const OCC = /^([A-Z0-9/]{1,6}) *(\d{6})([CP])(\d{8})$/u;
const STREAMER_OPTION = /^\.([A-Z0-9/]{1,6}?)(\d{6})([CP])(\d{1,5}(?:\.\d{1,3})?)$/u;
const FUTURE_OPTION =
  /^\.\/([A-Z0-9]{1,4}?)([FGHJKMNQUVXZ]\d{1,2}) ([A-Z0-9]{2,7}) (\d{6})([CP])(\d{1,6}(?:\.\d{1,6})?)$/u;
const FUTURE = /^\/([A-Z0-9]{1,4}?)([FGHJKMNQUVXZ])(\d{1,2})(?::[A-Z]{2,6})?$/u;
const FUTURE_PRODUCT = /^\/([A-Z0-9]{1,4})$/u;
const CRYPTO = /^([A-Z0-9]{2,10}\/(?:USD|USDC|USDT))(?::[A-Z]{2,8})?$/u;
const EQUITY = /^[A-Z0-9]{1,8}(?:[/.][A-Z0-9]{1,4})?$/u;

const OCC_STRIKE_SCALE = decimal('1000');

/** `261218` as 2026-12-18; `undefined` when there is no such day. */
function dateOf(yymmdd: string): IsoDate | undefined {
  const text = `20${yymmdd.slice(0, 2)}-${yymmdd.slice(2, 4)}-${yymmdd.slice(4, 6)}`;
  const at = Date.parse(`${text}T00:00:00Z`);
  const isDay = !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
  return isDay ? isoDate(text) : undefined;
}

function sideOf(letter: string): OptionSide {
  return letter === 'C' ? 'C' : 'P';
}

function equityOption(text: string): ParsedSymbol | undefined {
  const occ = OCC.exec(text);
  const [, root = '', day = '', letter = '', strike = ''] = occ ?? STREAMER_OPTION.exec(text) ?? [];
  const expiration = dateOf(day);
  if (root === '' || expiration === undefined) return undefined;
  const value = occ === null ? decimal(strike) : divide(decimal(strike), OCC_STRIKE_SCALE);
  return { kind: 'equity-option', root, side: sideOf(letter), strike: value, expiration };
}

function futureOption(text: string): ParsedSymbol | undefined {
  const [, product = '', , , day = '', letter = '', strike = ''] = FUTURE_OPTION.exec(text) ?? [];
  const expiration = dateOf(day);
  if (product === '' || expiration === undefined) return undefined;
  return { kind: 'future-option', symbol: text, product, side: sideOf(letter), strike: decimal(strike), expiration };
}

/** The feed writes two digits of the year, the broker one; VIX futures keep both, on both sides. */
function future(text: string): ParsedSymbol | undefined {
  const [, product, month, year] = FUTURE.exec(text) ?? [];
  if (product === undefined || month === undefined || year === undefined) return undefined;
  return { kind: 'future', symbol: `/${product}${month}${product === 'VX' ? year : year.slice(-1)}`, product };
}

function futureProduct(text: string): ParsedSymbol | undefined {
  const product = FUTURE_PRODUCT.exec(text)?.[1];
  return product === undefined ? undefined : { kind: 'future-product', product };
}

function cryptocurrency(text: string): ParsedSymbol | undefined {
  const symbol = CRYPTO.exec(text)?.[1];
  return symbol === undefined ? undefined : { kind: 'cryptocurrency', symbol };
}

/** The broker writes share classes with a slash: `BRK/B`. */
function equity(text: string): ParsedSymbol | undefined {
  return EQUITY.test(text) ? { kind: 'equity', symbol: text.replace('.', '/') } : undefined;
}

/** One blank for any number of them, as symbols are compared. */
export const squash = (symbol: string): string => symbol.trim().toUpperCase().replaceAll(/\s+/gu, ' ');

/**
 * Reads a symbol in the broker's own form (`SPY   261218C00600000`, `/ESZ6`, `./ESU6 E1AN6 260706C6260`) or, where it
 * is unmistakable, in the feed's (`.SPY261218C600`, `/ESZ26:XCME`). `undefined` when it has no form that is known.
 */
export function parseSymbol(symbol: string): ParsedSymbol | undefined {
  const text = squash(symbol);
  const readers = [equityOption, futureOption, future, futureProduct, cryptocurrency, equity];
  for (const read of readers) {
    const parsed = read(text);
    if (parsed !== undefined) return parsed;
  }
  return undefined;
}
