import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { parseMessages } from '../../../src/broker/account-streamer/messages.ts';
import { wireAccessToken } from '../../../src/broker/tastytrade/wire/access-token.ts';
import { wireAccount } from '../../../src/broker/tastytrade/wire/account.ts';
import { wireBalances } from '../../../src/broker/tastytrade/wire/balances.ts';
import { isOptionChain } from '../../../src/broker/model/is-option-chain.ts';
import { wireEquityChain, wireFutureChain } from '../../../src/broker/tastytrade/wire/chain.ts';
import { wireComplexOrder } from '../../../src/broker/tastytrade/wire/complex-order.ts';
import { wireError, wireOauthError } from '../../../src/broker/tastytrade/wire/error.ts';
import {
  wireCryptocurrency,
  wireEquity,
  wireEquityOption,
  wireFuture,
} from '../../../src/broker/tastytrade/wire/instrument.ts';
import { wireHolidays, wireMarketSessions } from '../../../src/broker/tastytrade/wire/market-session.ts';
import { wireMetrics } from '../../../src/broker/tastytrade/wire/metrics.ts';
import { wireNetLiqPoint } from '../../../src/broker/tastytrade/wire/net-liq.ts';
import { wireOrderEffects } from '../../../src/broker/tastytrade/wire/order-effects.ts';
import { wireOrder } from '../../../src/broker/tastytrade/wire/order.ts';
import { wirePosition } from '../../../src/broker/tastytrade/wire/position.ts';
import { wireQuoteToken } from '../../../src/broker/tastytrade/wire/quote-token.ts';
import { wireRealized } from '../../../src/broker/tastytrade/wire/realized.ts';
import { wireSymbolMatch } from '../../../src/broker/tastytrade/wire/symbol-match.ts';
import { wireTransaction } from '../../../src/broker/tastytrade/wire/transaction.ts';
import { wireWatchlist } from '../../../src/broker/tastytrade/wire/watchlist.ts';

/** Recorded answers of the broker are kept beside the project, not in it. */
const FOLDER =
  process.env['BROKER_SAMPLES'] ?? join(import.meta.dirname, '../../../../shared/reference/tastytrade/samples');

/** With or without the envelope: some recordings are of the content alone. */
const content = (schema: z.ZodType): z.ZodType =>
  z.preprocess((body) => (typeof body === 'object' && body !== null && 'data' in body ? body.data : body), schema);
const items = (schema: z.ZodType): z.ZodType => content(z.object({ items: z.array(schema).min(1) }));
const one = content;
const oneOrMany = (schema: z.ZodType): z.ZodType =>
  content(z.union([z.object({ items: z.array(schema).min(1) }), schema]));
const placed = z.object({ order: wireOrder }).and(wireOrderEffects);
const dryRun = one(wireOrderEffects);
/** The adapter reads this answer in two ways. */
const both = (one: z.ZodType, other: z.ZodType): z.ZodType =>
  z.unknown().superRefine((body, ctx) => {
    const issues = [one, other].flatMap((schema) => schema.safeParse(body).error?.issues ?? []);
    for (const { path, message } of issues) ctx.addIssue({ code: 'custom', path: [...path], message });
  });
const frame = (schema: z.ZodType): z.ZodType => z.object({ type: z.string(), data: schema, timestamp: z.number() });

/** Answers and frames that this adapter never asks for. They are read elsewhere or not at all. */
const foreign = z.union([z.array(z.unknown()).min(1), z.looseObject({})]);

/** The first row whose pattern fits; a row may stand for recordings of the same kind that come later. */
const ROWS: readonly (readonly [RegExp, z.ZodType])[] = [
  [/^accounts\.balance/u, one(wireBalances)],
  [/^(?:accounts\.customer-me-accounts|cert2026\.accounts)/u, items(wireAccount)],
  [/^accounts\.net-liq-history/u, items(wireNetLiqPoint)],
  [/^accounts\.positions/u, both(items(wirePosition), items(wireRealized))],
  [/^(?:accounts|doc)\.(?:position-limit|trading[-_]status)/u, foreign],
  [/^account-streamer\.order-filled/u, z.union([frame(wireOrder), z.array(frame(wireOrder))])],
  [/^account-streamer\.order/u, frame(wireOrder)],
  [/^account-streamer\.account-balance/u, frame(wireBalances)],
  [/^account-streamer\.current-position/u, both(frame(wirePosition), frame(wireRealized))],
  [/^account-streamer\.public-watchlists/u, frame(wireWatchlist)],
  [/^account-streamer\./u, foreign],
  [/^api-quote-tokens/u, one(wireQuoteToken)],
  [/^cert2026\.cryptocurrencies|^instruments\.cryptocurrenc/u, oneOrMany(wireCryptocurrency)],
  [/^cert2026\.equities|^instruments\.equit(?:ies|y-one)/u, oneOrMany(wireEquity)],
  [/^cert2026\.futures|^instruments\.futures?-(?:one|[A-Z0-9]+-\d{4})/u, oneOrMany(wireFuture)],
  [/^instruments\.equity-option/u, oneOrMany(wireEquityOption)],
  [/^(?:option-chains|mcp2026\.option-chain)[.-]full/u, items(wireEquityOption)],
  [/^option-chains\.nested|^cert2026\.nested-option-chain|^mcp2026\.option-chain-nested/u, one(wireEquityChain)],
  [/^futures-option-chains\.nested|^mcp2026\.futures-option-chain-nested/u, one(wireFutureChain)],
  [/^(?:cert2026|mcp2026)\.market-session|^market-time\.sessions/u, one(wireMarketSessions)],
  [/^market-time\.holidays/u, one(wireHolidays)],
  [/^errors\.preflight-inner-codes/u, z.array(z.object({ code: z.string(), message: z.string() })).min(1)],
  [/^errors\.cert/u, z.union([z.array(wireError), z.record(z.string(), wireError), wireError])],
  [/^errors\.|^orders\.error-/u, wireError],
  [/^oauth\.errors/u, z.array(z.object({ http: z.literal(400), body: wireOauthError })).min(1)],
  [/^oauth\.token-ok/u, wireAccessToken],
  [/^(?:market-metrics\.\d|mcp2026\.market-metrics)/u, items(wireMetrics)],
  [/^orders\.dry-run-422/u, z.object({ data: wireOrderEffects, error: wireError.shape.error })],
  [/^orders\.(?:dry-run|edit-cancel-replace-dry-run)|^doc\.order_dry_run|^mcp2026\.complex-dry-run/u, dryRun],
  [/^orders\.submit-response/u, one(placed)],
  [/^orders\.(?:get-one|cancel-response|replace-response)/u, one(wireOrder)],
  [/^orders\.(?:live|search)|^mcp2026\.live-orders/u, oneOrMany(wireOrder)],
  [/^symbols\.search|^cert2026\.instrument-search/u, items(wireSymbolMatch)],
  [/^transactions\.total-fees/u, foreign],
  [/^transactions\.one/u, one(wireTransaction)],
  [/^transactions\.|^doc\.transactions|^mcp2026\.transactions/u, items(wireTransaction)],
  [/^watchlists\.(?:public-counts|pairs|delete)/u, foreign],
  [/^watchlists\./u, oneOrMany(wireWatchlist)],
  [/^(?:cert2026\.customer|customers\.me)\.json/u, foreign],
  [/^(?:cert2026|instruments)\.(?:future-product|future-option|quantity-decimal|warrant)/u, foreign],
  [/^futures-option-chains\.full|^option-chains\.compact|^mcp2026\.option-chain-compact/u, foreign],
  [/^market-metrics\.(?:dividends|earnings)/u, foreign],
  [/^(?:doc|mcp2026)\.m(?:argin|arket[-_]data)|^margin\./u, foreign],
  [/^dxlink\./u, foreign],
];

const schemaFor = (name: string): z.ZodType | undefined => ROWS.find(([pattern]) => pattern.test(name))?.[1];

if (existsSync(FOLDER)) {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

  describe('a recorded answer of the broker', () => {
    test('is there at all', () => expect(names.length).toBeGreaterThan(50));

    test.each(names)('is understood: %s', (name) => {
      const schema = schemaFor(name);
      expect(schema, 'this recording has no row in the table').toBeDefined();
      const body: unknown = JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
      const parsed = schema?.safeParse(body);
      expect(parsed?.error?.issues ?? []).toEqual([]);
    });
  });

  test.each(names.filter((name) => name.startsWith('account-streamer.')))('is a frame that is read: %s', (name) => {
    const frames: unknown = JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
    const messages = (Array.isArray(frames) ? frames : [frames]).flatMap((one) => parseMessages(JSON.stringify(one)));
    const ofNoUse = /watchlists|quote-alert/u.test(name);
    for (const { kind } of messages) expect(ofNoUse ? ['unknown'] : ['answer', 'event']).toContain(kind);
  });

  const bodyOf = (name: string): unknown => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
  const read = <Value>(name: string, schema: z.ZodType<Value>): Value => content(schema).parse(bodyOf(name)) as Value;

  describe('what is read from a recorded answer', () => {
    test('multiplies options on /ES by 50, as their future, and sorts their strikes', () => {
      const chain = read('mcp2026.futures-option-chain-nested.json', wireFutureChain);
      expect(new Set(chain.map((expiration) => expiration.multiplier))).toEqual(new Set(['50']));
      expect(chain[0]?.ticks[0]).toEqual({ below: '5', step: '0.05' });
      expect(
        chain.every(({ strikes: rows }) =>
          rows.every((row, at) => at === 0 || Number(row.strike) > Number(rows[at - 1]?.strike)),
        ),
      ).toBe(true);
    });

    test('is a chain as it comes out of the shared cache', () => {
      const chains = names.flatMap((name) => {
        const [optionType, schema] = name.includes('futures')
          ? (['Future Option', wireFutureChain] as const)
          : (['Equity Option', wireEquityChain] as const);
        return /option-chains?[.-]nested|nested-option-chain/u.test(name) && schemaFor(name) !== foreign
          ? [{ underlying: 'X', optionType, expirations: read(name, schema) }]
          : [];
      });
      expect(chains.length).toBeGreaterThanOrEqual(3);
      expect(chains.map((chain) => isOptionChain(JSON.parse(JSON.stringify(chain))))).toEqual(chains.map(() => true));
    });

    test('keeps a strike that the feed does not carry', () => {
      const chain = read('mcp2026.futures-option-chain-nested.json', wireFutureChain);
      const silent = chain
        .flatMap((expiration) => expiration.strikes)
        .filter((row) => row.call !== undefined && row.call.streamerSymbol === undefined);
      expect(silent.length).toBeGreaterThan(0);
    });

    test('signs money by its effect', () => {
      const { items: rows } = read('transactions.list.json', z.object({ items: z.array(wireTransaction) }));
      expect(rows[0]).toMatchObject({
        value: '1880',
        netValue: '1878.858',
        fees: '-40.442',
        quantity: '40',
        id: '2455333333',
      });
      const { order, effects } = read(
        'orders.submit-response-2023.json',
        z.object({ order: wireOrder }).and(wireOrderEffects),
      );
      expect(order.price).toBe('-0.04');
      expect(effects).toMatchObject({
        fees: '-0.13',
        buyingPower: { changeInBuyingPower: '-4.13', currentBuyingPower: '241.62' },
      });
    });

    test('tells what a complex order would do, and reads its parts once they have ids', () => {
      const { effects, errors } = read('mcp2026.complex-dry-run-oco.json', wireOrderEffects);
      expect(errors).toEqual([]);
      expect(effects).toMatchObject({
        buyingPower: { changeInBuyingPower: '-1.002332', isolatedMarginRequirement: '0' },
        fees: '-0.001166',
        warnings: [{ code: 'closing_with_no_position' }, { code: 'tif.next_valid_session' }],
      });
      const told = read('mcp2026.complex-dry-run-oco.json', z.looseObject({ 'complex-order': z.looseObject({}) }));
      const complex = told['complex-order'] as { orders: object[] };
      expect(wireComplexOrder.safeParse({ ...complex, id: 3 }).success).toBe(false);
      const orders = complex.orders.map((order, at) => ({ ...order, id: 70 + at }));
      expect(wireComplexOrder.parse({ ...complex, id: 3, orders }).parts).toMatchObject([
        { id: '70', complexOrderId: '3', status: 'Contingent', price: '99999', timeInForce: 'GTC' },
        { id: '71', complexOrderId: '3', status: 'Contingent', orderType: 'Stop', stopTrigger: '1' },
      ]);
    });

    test('turns percent points into fractions, and leaves fractions alone', () => {
      const { items: rows } = read('market-metrics.2023.json', z.object({ items: z.array(wireMetrics) }));
      expect(rows[0]).toMatchObject({
        symbol: 'AAPL',
        impliedVolatility: '0.224186663',
        impliedVolatility30Day: '0.2187',
        ivHvDifference30Day: '0.0185',
        marketCap: '2846108626900',
        expirationVolatilities: expect.arrayContaining([{ date: '2023-06-09', impliedVolatility: '0.288187496' }]),
      });
    });

    test('reads the odd time of net liquidity bars', () => {
      const { items: rows } = read('accounts.net-liq-history.json', z.object({ items: z.array(wireNetLiqPoint) }));
      expect(rows[0]).toEqual({
        at: Date.UTC(2023, 5, 8, 13, 30),
        open: '4498.667',
        high: '4498.667',
        low: '4498.667',
        close: '4498.667',
      });
    });

    test('holds every amount of a balance and nothing else', () => {
      const [balance] = read('accounts.balances-cert-2025.json', wireBalances);
      expect(Object.keys(balance?.amounts ?? {})).toHaveLength(51);
      expect(balance).toMatchObject({ account: '5WT00000', currency: 'USD', snapshotDate: '2025-05-14' });
    });
  });
} else {
  test.skip(`the recorded answers are not here (${FOLDER}): set BROKER_SAMPLES to the folder that holds them`, () => {});
}
