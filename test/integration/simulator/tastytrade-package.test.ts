import TastytradeClient, { CandleType } from '@tastytrade/api';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { openSimulator, type OpenSimulator } from './open-simulator.ts';
import { eventually } from './wire-client.ts';

type Row = Readonly<Record<string, unknown>>;

/** The broker's own package knows nothing of a simulator: whatever it can do must work. */
describe('@tastytrade/api against the simulator', () => {
  let open: OpenSimulator;
  let client: TastytradeClient;
  let account: string;

  beforeAll(async () => {
    // The package has timers of its own, so here time runs; the market is open at every hour.
    open = await openSimulator({ clock: systemClock, alwaysOpen: true });
    client = clientFor('margin');
    const accounts: { account: { 'account-number': string } }[] =
      await client.accountsAndCustomersService.getCustomerAccounts();
    account = accounts[0]?.account['account-number'] ?? '';
  });
  afterAll(async () => {
    client.accountStreamer.stop();
    // The package cannot close its market data socket, which then complains for as long as the process lives.
    vi.spyOn(console, 'error').mockReturnValue();
    await open.simulator.close();
    expect(open.errors).toEqual([]);
  });

  const clientFor = (customerId: string, targetApiVersion?: string): TastytradeClient =>
    new TastytradeClient({
      baseUrl: open.simulator.restUrl,
      accountStreamerUrl: open.simulator.streamerUrl,
      ...open.simulator.grantFor(customerId),
      oauthScopes: ['read', 'trade'],
      ...(targetApiVersion === undefined ? {} : { targetApiVersion }),
    });
  const limitOrder = (price: string) => ({
    'order-type': 'Limit',
    'time-in-force': 'GTC',
    price,
    'price-effect': 'Debit',
    legs: [{ 'instrument-type': 'Equity', symbol: 'QQQ', action: 'Buy to Open', quantity: 2 }],
  });

  it('reads customers and accounts', async () => {
    expect(await client.accountsAndCustomersService.getCustomerResource()).toMatchObject({ id: 'me' });
    expect(await client.accountsAndCustomersService.getFullCustomerAccountResource(account)).toMatchObject({
      'account-number': account,
    });
    expect(await client.accountStatusService.getAccountStatus(account)).toMatchObject({ 'account-number': account });
    expect(await client.riskParametersService.getPositionLimit(account)).toMatchObject({ 'account-number': account });
  });

  it('reads balances in the shape of its version', async () => {
    expect(await client.balancesAndPositionsService.getAccountBalanceValues(account)).toMatchObject({
      'account-number': account,
    });
    const newer = clientFor('margin', '20261012');
    expect(await newer.balancesAndPositionsService.getAccountBalanceValues(account)).toEqual([
      expect.objectContaining({ currency: 'USD' }),
    ]);
    const snapshots = await client.balancesAndPositionsService.getBalanceSnapshots(account, { 'time-of-day': 'EOD' });
    expect(snapshots).toEqual([expect.objectContaining({ 'snapshot-date': expect.any(String) })]);
  });

  it('reads positions, history and transactions', async () => {
    const positions: Row[] = await client.balancesAndPositionsService.getPositionsList(account, {
      'include-marks': true,
    });
    expect(positions.length).toBeGreaterThan(0);
    expect(positions[0]).toMatchObject({ quantity: expect.any(Number), 'mark-price': expect.any(String) });
    const history: Row[] = await client.netLiquidatingValueHistoryService.getNetLiquidatingValueHistory(account, {
      'time-back': '1m',
    });
    expect(history.length).toBeGreaterThan(5);
    const transactions: Row[] = await client.transactionsService.getAccountTransactions(account, { 'per-page': 5 });
    expect(transactions.length).toBeGreaterThan(0);
    const one = await client.transactionsService.getTransaction(account, String(transactions[0]?.['id']));
    expect(one).toEqual(transactions[0]);
    expect(await client.transactionsService.getTotalFees(account)).toHaveProperty('total-fees');
    expect(await client.marginRequirementsService.getMarginRequirements(account)).toHaveProperty('groups');
    expect(await client.riskParametersService.getEffectiveMarginRequirements(account, 'AAPL')).toHaveProperty(
      'naked-option-floor',
    );
  });

  it('tries, sends, changes and cancels an order', async () => {
    const preview = await client.orderService.postOrderDryRun(account, limitOrder('1.0'));
    expect(preview).toMatchObject({ 'buying-power-effect': expect.any(Object), 'fee-calculation': expect.any(Object) });
    const { order } = await client.orderService.createOrder(account, limitOrder('1.0'));
    expect(order).toMatchObject({ id: expect.any(Number), 'underlying-symbol': 'QQQ', size: 2 });
    expect(await client.orderService.getOrder(account, order.id)).toMatchObject({ id: order.id });
    const { legs: _, ...change } = limitOrder('1.25');
    const replaced = await client.orderService.replaceOrder(account, order.id, change);
    expect(replaced).toMatchObject({ price: '1.25' });
    await client.orderService.cancelOrder(account, replaced.id);
    const status = async (): Promise<unknown> => (await client.orderService.getOrder(account, replaced.id)).status;
    await expect.poll(status, { timeout: 10_000 }).toBe('Cancelled');
    const live: Row[] = await client.orderService.getLiveOrders(account);
    expect(live.map(({ id }) => id)).toContain(replaced.id);
    const found: Row[] = await client.orderService.getOrders(account, { 'start-date': '2020-01-01', 'per-page': 200 });
    expect(found.map(({ id }) => id)).toContain(replaced.id);
  });

  it('is refused with the broker’s words', async () => {
    const beyond = { ...limitOrder('700.0'), legs: [{ ...limitOrder('1').legs[0], quantity: 40_000 }] };
    await expect(client.orderService.createOrder(account, beyond)).rejects.toMatchObject({
      response: { status: 422, data: { error: { code: 'preflight_check_failure' } } },
    });
    await expect(client.orderService.getLiveOrdersForCustomer('me')).rejects.toMatchObject({
      response: { status: 400 },
    });
    await expect(client.orderService.postReconfirmOrder(account, 1)).rejects.toMatchObject({
      response: { status: 422 },
    });
    const readOnly = clientFor('read-only');
    const [theirs] = await readOnly.accountsAndCustomersService.getCustomerAccounts();
    const number = theirs.account['account-number'];
    await expect(readOnly.orderService.createOrder(number, limitOrder('1.0'))).rejects.toMatchObject({
      response: { status: 403 },
    });
  });

  it('reads instruments and chains, with symbols as the package spells them', async () => {
    const service = client.instrumentsService;
    expect(await service.getSingleEquity('SPY')).toMatchObject({ symbol: 'SPY', 'is-etf': true });
    expect(await service.getEquityDefinitions({ symbol: ['SPY', 'AAPL'] })).toHaveLength(2);
    const active: Row[] = await service.getActiveEquities({ 'per-page': 3 });
    expect(active).toHaveLength(3);
    expect(await service.getSingleCryptocurrency('BTC/USD')).toMatchObject({ symbol: 'BTC/USD' });
    const futures: Row[] = await service.getFutures({ productCode: ['ES'] });
    const front = String(futures[0]?.['symbol']);
    expect(await service.getSingleFuture(front)).toMatchObject({ symbol: front, 'product-code': 'ES' });
    const products: Row[] = await service.getFuturesProducts();
    expect(products.map(({ code }) => code)).toContain('ES');
    const [chain] = await service.getNestedOptionChain('SPY');
    const option = chain.expirations[0].strikes[0].call;
    expect(await service.getSingleEquityOption(option)).toMatchObject({ symbol: option });
    expect(await service.getCompactOptionChain('SPX')).toEqual(
      expect.arrayContaining([expect.objectContaining({ 'root-symbol': 'SPXW' })]),
    );
    const nested = await service.getNestedFutureOptionChains('ES');
    expect(nested).toMatchObject({ futures: expect.any(Array), 'option-chains': expect.any(Array) });
    const futureOption = nested['option-chains'][0].expirations[0].strikes[0].call;
    expect(await service.getSingleFutureOption(futureOption)).toMatchObject({ symbol: futureOption });
    await expect(service.getEquityOptions([option])).rejects.toMatchObject({ response: { status: 403 } });
  });

  it('reads metrics and searches', async () => {
    const metrics: Row[] = await client.marketMetricsService.getMarketMetrics({ symbols: 'AAPL,SPY' });
    expect(metrics.map(({ symbol }) => symbol)).toEqual(['AAPL', 'SPY']);
    for (const one of metrics) {
      const rank = Number(one['implied-volatility-index-rank']);
      expect(rank).toBeGreaterThanOrEqual(0);
      expect(rank).toBeLessThanOrEqual(1);
      // Two units in one object: a fraction, and percent points.
      const [fraction, points] = [one['implied-volatility-index'], one['implied-volatility-30-day']].map(Number);
      expect((points ?? 0) / (fraction ?? 0)).toBeCloseTo(100, 0);
    }
    expect((await client.marketMetricsService.getHistoricalDividendData('AAPL')).length).toBeGreaterThan(3);
    expect(
      (await client.marketMetricsService.getHistoricalEarningsData('AAPL', { 'start-date': '2020-01-01' })).length,
    ).toBeGreaterThan(3);
    expect(await client.symbolSearchService.getSymbolData('AAP')).toEqual([
      expect.objectContaining({ symbol: 'AAPL' }),
    ]);
  });

  it('keeps watchlists', async () => {
    const service = client.watchlistsService;
    const list = { name: 'from the package', 'watchlist-entries': [{ symbol: 'SPY', 'instrument-type': 'Equity' }] };
    await service.createAccountWatchlist(list);
    expect(await service.getSingleWatchlist(list.name)).toMatchObject(list);
    await service.replaceWatchlist(list.name, {
      ...list,
      'watchlist-entries': [{ symbol: 'QQQ', 'instrument-type': 'Equity' }],
    });
    const all: Row[] = await service.getAllWatchlists();
    expect(all.map(({ name }) => name)).toContain(list.name);
    await service.deleteWatchlist(list.name);
    await expect(service.getSingleWatchlist(list.name)).rejects.toMatchObject({ response: { status: 404 } });
    expect(await service.getPublicWatchlists(true)).toEqual(
      expect.arrayContaining([expect.objectContaining({ 'watchlist-entry-count': expect.any(Number) })]),
    );
    expect((await service.getPairsWatchlists()).length).toBeGreaterThan(0);
  });

  it('follows an account: connect, heartbeat, notifications', async () => {
    const told: Row[] = [];
    const stop = client.accountStreamer.addMessageObserver((message) => {
      told.push({ ...message });
    });
    await client.accountStreamer.start();
    expect(await client.accountStreamer.subscribeToAccounts([account])).toBe('connect');
    const { order } = await client.orderService.createOrder(account, limitOrder('1.5'));
    await eventually(
      () => told.some(({ type }) => type === 'Order') && told.some(({ type }) => type === 'AccountBalance'),
    );
    expect(told.find(({ type }) => type === 'Order')).toMatchObject({
      data: { id: order.id, 'account-number': account },
    });
    await eventually(() => told.some(({ action, status }) => action === 'heartbeat' && status === 'ok'));
    stop();
  });

  it('streams quotes, greeks and candles', async () => {
    const told: Row[] = [];
    client.quoteStreamer.addEventListener((events: readonly Row[]) => told.push(...events));
    await client.quoteStreamer.connect();
    const [chain] = await client.instrumentsService.getNestedOptionChain('SPY');
    const { strikes } = chain.expirations[2];
    const option = strikes[Math.floor(strikes.length / 2)]['call-streamer-symbol'];
    client.quoteStreamer.subscribe(['SPY', option]);
    client.quoteStreamer.subscribeCandles('SPY', systemClock.now() - 3_600_000, 5, CandleType.Minute);
    const has = (type: string, symbol: string): boolean =>
      told.some(({ eventType, eventSymbol }) => eventType === type && eventSymbol === symbol);
    await eventually(
      () => has('Quote', 'SPY') && has('Trade', 'SPY') && has('Summary', 'SPY') && has('Profile', 'SPY'),
    );
    await eventually(() => has('Quote', option) && has('Greeks', option) && has('Candle', 'SPY{=5m}'));
    const quote = told.find(({ eventType, eventSymbol }) => eventType === 'Quote' && eventSymbol === 'SPY');
    expect(Number(quote?.['askPrice'])).toBeGreaterThanOrEqual(Number(quote?.['bidPrice']));
    const greeks = told.find(({ eventType }) => eventType === 'Greeks');
    expect(Number(greeks?.['delta'])).toBeGreaterThan(0);
    client.quoteStreamer.disconnect();
  });

  it('logs in anew when its token has been ended', async () => {
    open.simulator.control.expireTokens('margin');
    await expect(client.accountsAndCustomersService.getCustomerResource()).rejects.toMatchObject({
      response: { status: 401 },
    });
    client.httpClient.accessToken.clear();
    expect(await client.accountsAndCustomersService.getCustomerResource()).toMatchObject({ id: 'me' });
  });
});
