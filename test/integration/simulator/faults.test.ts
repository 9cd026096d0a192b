import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSimulator, type OpenSimulator } from './open-simulator.ts';
import { eventually, WireClient } from './wire-client.ts';

describe('faults on command', () => {
  let open: OpenSimulator;
  let token: string;
  let account: string;
  let orders: string;

  beforeEach(async () => {
    open = await openSimulator();
    token = await open.login('margin');
    account = await open.accountOf(token);
    orders = `/accounts/${account}/orders`;
  });
  afterEach(async () => {
    await open.simulator.close();
    expect(open.errors).toEqual([]);
  });

  const orderBody = (identifier: string) => ({
    'order-type': 'Limit',
    'time-in-force': 'Day',
    price: '1.0',
    'price-effect': 'Debit',
    legs: [{ 'instrument-type': 'Equity', symbol: 'SPY', action: 'Buy to Open', quantity: 1 }],
    'external-identifier': identifier,
  });
  const submit = (identifier: string) => open.ask('POST', orders, { token, body: orderBody(identifier) });
  const known = async (): Promise<readonly unknown[]> => {
    const live = await open.ask('GET', `${orders}/live`, { token });
    return live
      .items()
      .map((order) => order['external-identifier'])
      .filter((identifier) => identifier !== undefined);
  };
  const submitted = () => open.simulator.control.counters().orders;

  it('delays a call', async () => {
    open.simulator.control.addFault({ route: '/customers/me', times: 1, fault: { kind: 'latency', ms: 2_000 } });
    let answered = false;
    const asking = open.ask('GET', '/customers/me', { token }).then((reply) => {
      answered = true;
      return reply;
    });
    await eventually(() => open.simulator.control.counters().requests['GET /customers/:customer'] === 1);
    await open.clock.advance(1_999);
    expect(answered).toBe(false);
    await open.clock.advance(1);
    expect((await asking).status).toBe(200);
  });

  it('answers with any status, as often as told: a storm of 429s', async () => {
    open.simulator.control.addFault({ route: '/market-data', times: 3, fault: { kind: 'status', status: 429 } });
    for (let call = 0; call < 3; call += 1) {
      expect((await open.ask('GET', '/market-data/by-type?equity=SPY', { token })).status).toBe(429);
    }
    expect((await open.ask('GET', '/market-data/by-type?equity=SPY', { token })).status).toBe(200);
    const error = { error: { code: 'timeout_error', message: 'Too slow' } };
    open.simulator.control.addFault({ method: 'GET', route: '/', fault: { kind: 'status', status: 504, body: error } });
    expect(await open.ask('GET', '/customers/me', { token })).toMatchObject({ status: 504, json: error });
    open.simulator.control.clearFaults();
    open.simulator.control.addFault({ route: '/', times: 1, fault: { kind: 'status', status: 502 } });
    expect(await open.ask('GET', '/customers/me', { token })).toMatchObject({ status: 502, json: undefined });
  });

  it('resets a connection before the order is read', async () => {
    open.simulator.control.addFault({
      method: 'POST',
      route: '/accounts/*/orders',
      times: 1,
      fault: { kind: 'reset' },
    });
    await expect(submit('lost')).rejects.toThrow();
    expect(await known()).not.toContain('lost');
    expect(submitted()).toEqual({});
  });

  it('accepts an order, then cuts the connection', async () => {
    open.simulator.control.addFault({
      method: 'POST',
      route: '/accounts/*/orders',
      times: 1,
      fault: { kind: 'accept-then-drop' },
    });
    await expect(submit('kept')).rejects.toThrow();
    expect(await known()).toContain('kept');
    expect(submitted()).toEqual({ kept: 1 });
  });

  it.each(['cut', 'waiting'] as const)('accepts an order late, its client %s', async (left) => {
    open.simulator.control.addFault({
      method: 'POST',
      route: '/accounts/*/orders',
      times: 1,
      fault: { kind: 'accept-late', afterMs: 5_000, client: left },
    });
    const sending = submit('late').then(
      () => 'answered',
      () => 'failed',
    );
    await eventually(() => open.simulator.control.counters().requests['POST /accounts/:account/orders'] === 1);
    if (left === 'cut') expect(await sending).toBe('failed');
    expect(await known()).not.toContain('late');
    await open.clock.advance(5_000);
    expect(await known()).toContain('late');
    if (left === 'waiting') {
      await open.simulator.close();
      expect(await sending).toBe('failed');
    }
  });

  it('counts an order that was sent twice', async () => {
    await submit('twice');
    await submit('twice');
    expect(submitted()).toEqual({ twice: 2 });
  });

  it('answers garbage, and bodies beyond all bounds, after the order was taken', async () => {
    open.simulator.control.addFault({ route: '/accounts/*/orders', times: 1, fault: { kind: 'garbage' } });
    const garbage = await submit('one');
    expect(garbage).toMatchObject({ status: 201, json: undefined });
    open.simulator.control.addFault({
      route: '/accounts/*/orders',
      times: 1,
      fault: { kind: 'oversized', bytes: 2_000_000 },
    });
    const oversized = await submit('two');
    expect(oversized.text.length).toBeGreaterThan(2_000_000);
    expect(submitted()).toEqual({ one: 1, two: 1 });
  });

  it('leaves a call without an answer until the client gives up', async () => {
    open.simulator.control.addFault({ route: '/customers/me', times: 1, fault: { kind: 'hang' } });
    const asking = open.ask('GET', '/customers/me', { token });
    asking.catch(() => {});
    await eventually(() => open.simulator.control.counters().requests['GET /customers/:customer'] === 1);
    await open.clock.advance(120_000);
    await open.simulator.close();
    await expect(asking).rejects.toThrow();
  });

  it('ends the tokens of one customer, and no other’s', async () => {
    const other = await open.login('cash');
    open.simulator.control.expireTokens('margin');
    expect((await open.ask('GET', '/customers/me', { token })).status).toBe(401);
    expect((await open.ask('GET', '/customers/me', { token: other })).status).toBe(200);
    open.simulator.control.expireTokens();
    expect((await open.ask('GET', '/customers/me', { token: other })).status).toBe(401);
  });

  it('drops sockets by kind and customer', async () => {
    const client = await WireClient.open(open.simulator.streamerUrl);
    client.send({ action: 'connect', value: [account], 'auth-token': `Bearer ${token}` });
    await client.told(({ action }) => action === 'connect');
    expect(open.simulator.control.dropSockets({ kind: 'dxlink' })).toBe(0);
    expect(open.simulator.control.dropSockets({ kind: 'streamer', customerId: 'cash' })).toBe(0);
    expect(open.simulator.control.dropSockets({ customerId: 'margin' })).toBe(1);
    expect(await client.closed).toMatchObject({ code: 1006 });
  });

  it('leaves sockets half-open until the reset', async () => {
    const client = await WireClient.open(open.simulator.streamerUrl);
    client.send({ action: 'connect', value: [account], 'auth-token': `Bearer ${token}` });
    await client.told(({ action }) => action === 'connect');
    expect(open.simulator.control.freezeSockets()).toBe(1);
    const from = client.received.length;
    await submit('unheard');
    client.send({ action: 'heartbeat', 'request-id': 5, 'auth-token': `Bearer ${token}` });
    await open.clock.advance(120_000);
    expect(client.received.slice(from)).toEqual([]);
    open.simulator.control.reset();
    token = await open.login('margin');
    await client.told((message) => message['request-id'] === 5);
    client.close();
  });

  it('moves the market and the clock, which only goes forward', async () => {
    const lastOf = async (): Promise<number> =>
      Number((await open.ask('GET', '/market-data/by-type?equity=SPY', { token })).at('data.items.0.mark'));
    const before = await lastOf();
    open.simulator.control.moveMarket('SPY', 2);
    expect((await lastOf()) / before).toBeCloseTo(2, 1);
    expect(() => open.simulator.control.moveMarket('NOSUCH', 2)).toThrow(RangeError);
    expect(() => open.simulator.control.shiftClock(-1)).toThrow(RangeError);
    open.simulator.control.shiftClock(900_000);
    expect((await open.ask('GET', '/customers/me', { token })).status).toBe(401);
  });

  it('obeys over HTTP from this machine', async () => {
    const rule = { method: 'GET', route: '/customers/me', times: 1, fault: { kind: 'status', status: 503 } };
    expect((await open.ask('POST', '/_simulator/faults', { body: rule })).status).toBe(200);
    expect((await open.ask('GET', '/_simulator/faults')).at('data')).toEqual([rule]);
    expect((await open.ask('GET', '/customers/me', { token })).status).toBe(503);
    expect((await open.ask('GET', '/_simulator/counters')).at('data.tokenGrants')).toEqual({ margin: 1 });
    await open.ask('POST', '/_simulator/market/move', { body: { symbol: 'SPY', factor: 1.5 } });
    await open.ask('POST', '/_simulator/tokens/expire', { body: { customerId: 'margin' } });
    expect((await open.ask('GET', '/customers/me', { token })).status).toBe(401);
    expect((await open.ask('POST', '/_simulator/sockets/drop', { body: {} })).at('data')).toEqual({ sockets: 0 });
    expect((await open.ask('POST', '/_simulator/reset')).status).toBe(200);
    expect((await open.ask('GET', '/_simulator/counters')).at('data.tokenGrants')).toEqual({});
  });

  it.each([
    ['/_simulator/faults', { route: '/', fault: { kind: 'explode' } }],
    ['/_simulator/faults', { fault: { kind: 'reset' } }],
    ['/_simulator/faults', { route: '/', fault: { kind: 'latency', ms: 'long' } }],
    ['/_simulator/sockets/drop', { kind: 'all' }],
    ['/_simulator/market/move', { symbol: 'NOSUCH', factor: 2 }],
    ['/_simulator/clock/shift', { byMs: -5 }],
    ['/_simulator/feed/format', { format: 'XML' }],
  ])('refuses the command %s %j with 400', async (path, body) => {
    expect((await open.ask('POST', path, { body })).status).toBe(400);
  });

  it('does not exist for a browser', async () => {
    const reply = await open.ask('POST', '/_simulator/reset', { headers: { origin: 'http://127.0.0.1' } });
    expect(reply.status).toBe(404);
  });
});
