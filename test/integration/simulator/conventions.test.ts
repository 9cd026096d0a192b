import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSimulator, type OpenSimulator } from './open-simulator.ts';

describe('the conventions of the simulated REST API', () => {
  let open: OpenSimulator;
  let token: string;
  let account: string;
  beforeAll(async () => {
    open = await openSimulator();
    token = await open.login('margin');
    account = await open.accountOf(token);
  });
  afterAll(async () => {
    await open.simulator.close();
    expect(open.errors).toEqual([]);
  });

  const get = (path: string, headers: Record<string, string> = {}) => open.ask('GET', path, { token, headers });

  it.each(['', ' ', '/1.0', '(unnamed)'])(
    'answers the User-Agent %j with a page of its front server',
    async (agent) => {
      const reply = await get('/customers/me', { 'user-agent': agent });
      expect(reply.status).toBe(401);
      expect(reply.contentType).toContain('text/html');
      expect(reply.text).toContain('nginx');
    },
  );

  it.each(['tasty-gateway/0.1.0', 'tastytrade-sdk-js', 'node', 'curl/8.0 (linux)'])(
    'lets the User-Agent %j pass',
    async (agent) => {
      expect((await get('/customers/me', { 'user-agent': agent })).status).toBe(200);
    },
  );

  it('answers a missing or strange token with 401 in JSON', async () => {
    for (const headers of [{}, { authorization: token }, { authorization: 'Bearer nobody' }]) {
      const reply = await open.ask('GET', '/customers/me', { headers });
      expect(reply.status).toBe(401);
      expect(reply.at('error.code')).toBe('unauthorized');
    }
  });

  it.each(['2026-10-12', 'latest', '20200101', '99'])('has no version %j', async (version) => {
    const reply = await get('/customers/me', { 'accept-version': version });
    expect(reply.status).toBe(406);
    expect(reply.at('error')).toMatchObject({ code: 406 });
  });

  it('shapes balances by version, and those of one currency never', async () => {
    const plain = await get(`/accounts/${account}/balances`);
    const old = await get(`/accounts/${account}/balances`, { 'accept-version': '20240430' });
    const list = await get(`/accounts/${account}/balances`, { 'accept-version': '20240501' });
    const usd = await get(`/accounts/${account}/balances/USD`, { 'accept-version': '20261012' });
    for (const reply of [plain, old, usd]) expect(reply.at('data.account-number')).toBe(account);
    expect(list.items()).toEqual([plain.at('data')]);
  });

  it('wants to know where an order search starts from 20261012 on', async () => {
    const path = `/accounts/${account}/orders`;
    expect((await get(path)).status).toBe(200);
    expect((await get(path, { 'accept-version': '20261011' })).status).toBe(200);
    const refused = await get(path, { 'accept-version': '20261012' });
    expect(refused.status).toBe(400);
    expect(refused.at('error.code')).toBe('validation_error');
    for (const start of [
      'start-date=2026-01-01',
      'start-at=2026-01-01T00:00:00Z',
      'start-at=2026-01-01T00:00:00.000%2B00:00',
    ]) {
      expect((await get(`${path}?${start}`, { 'accept-version': '20261012' })).status, start).toBe(200);
    }
  });

  it('pages orders, 200 at most', async () => {
    const path = `/accounts/${account}/orders`;
    expect((await get(path)).at('pagination')).toMatchObject({ 'per-page': 100, 'next-link': null });
    expect((await get(`${path}?per-page=200`)).status).toBe(200);
    expect((await get(`${path}?per-page=201`)).status).toBe(400);
    expect((await get(`${path}/live`)).at('pagination')).toBeDefined();
    expect((await get(`${path}/live`, { 'accept-version': '20250812' })).at('pagination')).toBeUndefined();
  });

  it('takes `sort` in exactly two spellings', async () => {
    for (const sort of ['Desc', 'Asc'])
      expect((await get(`/accounts/${account}/transactions?sort=${sort}`)).status).toBe(200);
    for (const sort of ['desc', 'ASC', 'up'])
      expect((await get(`/accounts/${account}/transactions?sort=${sort}`)).status).toBe(400);
  });

  it('reads array parameters with plain and with percent-encoded brackets', async () => {
    for (const query of ['symbol[]=SPY&symbol[]=AAPL', 'symbol%5B%5D=SPY&symbol%5B%5D=AAPL']) {
      const reply = await get(`/instruments/equities?${query}`);
      expect(
        reply
          .items()
          .map((item) => item['symbol'])
          .toSorted(),
      ).toEqual(['AAPL', 'SPY']);
    }
  });

  it('reads market data symbols as a comma list, repeated, and with brackets', async () => {
    const forms = ['equity=SPY,AAPL', 'equity=SPY&equity=AAPL', 'equity[]=SPY&equity[]=AAPL'];
    for (const query of forms) {
      const reply = await get(`/market-data/by-type?${query}`);
      expect(reply.items().map((item) => item['symbol'])).toEqual(['SPY', 'AAPL']);
      expect(reply.json).toMatchObject({ pagination: null, context: '/market-data/by-type' });
    }
    const many = Array.from({ length: 101 }, () => 'SPY').join(',');
    expect((await get(`/market-data/by-type?equity=${many}`)).status).toBe(400);
    expect((await get('/market-data/by-type?equity=NOSUCH,SPY')).items()).toHaveLength(1);
  });

  it('keeps accounts apart: a stranger’s is not permitted, and so is one that nobody has', async () => {
    const foreign = await open.accountOf(await open.login('cash'));
    for (const number of [foreign, '5WT99999', '..%2f..', '%00']) {
      for (const path of ['positions', 'balances', 'orders/live', 'transactions', 'trading-status', 'orders/1']) {
        const reply = await get(`/accounts/${number}/${path}`);
        expect(reply.status, `${number} ${path}`).toBe(403);
        expect(reply.at('error.code')).toBe('not_permitted');
        expect(reply.text).not.toContain(number);
      }
    }
    expect((await get(`/customers/me/accounts/${foreign}`)).status).toBe(403);
    expect((await get(`/customers/me/orders?account-numbers[]=${foreign}`)).status).toBe(403);
    expect((await get('/customers/somebody/accounts')).status).toBe(403);
  });

  it('misses account numbers in searches over a customer', async () => {
    const reply = await get('/customers/me/orders');
    expect(reply.status).toBe(400);
    expect(reply.at('error')).toEqual({
      code: 'validation_error',
      message: 'Request validation failed',
      errors: [{ domain: 'account-numbers', reason: 'is missing' }],
    });
  });

  it.each([
    '/accounts/{account}/orders/99999999',
    '/accounts/{account}/orders/nothing',
    '/accounts/{account}/transactions/1',
    '/instruments/equities/NOSUCH',
    '/instruments/futures/%2FXXZ6',
    '/option-chains/NOSUCH/nested',
    '/futures-option-chains/NOSUCH/nested',
    '/watchlists/none',
    '/sessions',
    '/no/such/route',
  ])('does not know %s', async (path) => {
    const reply = await get(path.replace('{account}', account));
    expect(reply.status).toBe(404);
    expect(reply.at('error.code')).toEqual(expect.any(String));
  });

  it.each(['/instruments/equity-options', '/instruments/future-options'])('refuses the list %s', async (path) => {
    expect((await get(path)).status).toBe(403);
  });

  it('refuses a body that is no JSON', async () => {
    const reply = await open.ask('POST', `/accounts/${account}/orders`, { token, body: '{"order-type":' });
    expect(reply.status).toBe(400);
  });

  it('shows every path as it was sent', async () => {
    expect((await get('/instruments/equities/SPY?x=1')).at('context')).toBe('/instruments/equities/SPY');
    expect((await get('/instruments/cryptocurrencies/BTC%2FUSD')).at('context')).toBe(
      '/instruments/cryptocurrencies/BTC%2FUSD',
    );
  });

  it('keeps watchlists, and deletes them with a raw answer in snake case', async () => {
    const list = { name: 'swing / trades', 'watchlist-entries': [{ symbol: 'SPY', 'instrument-type': 'Equity' }] };
    const created = await open.ask('POST', '/watchlists', { token, body: list });
    expect([created.status, created.at('data')]).toEqual([201, expect.objectContaining(list)]);
    const path = '/watchlists/swing%20%2F%20trades';
    expect((await get(path)).at('data')).toMatchObject(list);
    const other = await open.login('cash');
    expect((await open.ask('GET', path, { token: other })).status).toBe(404);
    const entries = [{ symbol: 'QQQ', 'instrument-type': 'Equity' }];
    const changed = await open.ask('PUT', path, { token, body: { name: list.name, 'watchlist-entries': entries } });
    expect(changed.at('data.watchlist-entries')).toEqual(entries);
    const deleted = await open.ask('DELETE', path, { token });
    expect(deleted.status).toBe(200);
    expect(deleted.json).toMatchObject({ name: list.name, watchlist_entries: entries });
    expect(deleted.at('data')).toBeUndefined();
    expect((await get(path)).status).toBe(404);
  });
});
