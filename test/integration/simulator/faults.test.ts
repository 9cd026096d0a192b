import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemIds } from '../../../src/core/ids.ts';
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

  it('accepts an order, and says that something broke', async () => {
    const rule = { method: 'POST', route: '/accounts/*/orders', exact: true, times: 3 } as const;
    open.simulator.control.addFault({ ...rule, fault: { kind: 'accept-then-status', status: 502 } });
    const dryRun = await open.ask('POST', `${orders}/dry-run`, { token, body: orderBody('dry') });
    expect(dryRun.status).toBe(201);
    expect(await submit('one')).toMatchObject({ status: 502, json: undefined });
    expect(await submit('two')).toMatchObject({ status: 502, json: undefined });
    open.simulator.control.clearFaults();
    const error = { error: { code: 'timeout_error', message: 'Too slow' } };
    const fault = { kind: 'accept-then-status', status: 504, body: error } as const;
    open.simulator.control.addFault({ ...rule, fault });
    expect(await submit('three')).toMatchObject({ status: 504, json: error });
    expect(await known()).toEqual(expect.arrayContaining(['one', 'two', 'three']));
    expect(submitted()).toEqual({ one: 1, two: 1, three: 1 });
  });

  it('strikes what changes and what cancels an order as well', async () => {
    const faults = ['accept-then-drop', 'reset'] as const;
    const placed = await submit('first');
    const id = placed.at('data.order.id');
    const { legs: _legs, ...changed } = { ...orderBody('second'), price: '0.9' };
    for (const kind of faults) {
      open.simulator.control.addFault({ method: 'DELETE', route: '/accounts/*/orders/*', times: 1, fault: { kind } });
      open.simulator.control.addFault({ method: 'PUT', route: '/accounts/*/orders/*', times: 1, fault: { kind } });
    }
    await expect(open.ask('PUT', `${orders}/${String(id)}`, { token, body: changed })).rejects.toThrow();
    expect(await known()).toContain('second');
    expect(submitted()).toEqual({ first: 1, second: 1 });
    await expect(open.ask('PUT', `${orders}/${String(id)}`, { token, body: changed })).rejects.toThrow();
    expect(submitted()).toEqual({ first: 1, second: 1 });
    await open.clock.advance(1_000);
    const live = (await open.ask('GET', `${orders}/live`, { token })).items();
    const second = live.find((order) => order['external-identifier'] === 'second')?.['id'];
    await expect(open.ask('DELETE', `${orders}/${String(second)}`, { token })).rejects.toThrow();
    await open.clock.advance(1_000);
    expect((await open.ask('GET', `${orders}/${String(second)}`, { token })).at('data.status')).toBe('Cancelled');
    await expect(open.ask('DELETE', `${orders}/${String(second)}`, { token })).rejects.toThrow();
  });

  it('cancels late, its client cut', async () => {
    const id = (await submit('first')).at('data.order.id');
    await open.clock.advance(1_000);
    const fault = { kind: 'accept-late', afterMs: 5_000, client: 'cut' } as const;
    open.simulator.control.addFault({ method: 'DELETE', route: '/accounts/*/orders/*', times: 1, fault });
    await expect(open.ask('DELETE', `${orders}/${String(id)}`, { token })).rejects.toThrow();
    expect((await open.ask('GET', `${orders}/${String(id)}`, { token })).at('data.status')).toBe('Live');
    await open.clock.advance(6_000);
    expect((await open.ask('GET', `${orders}/${String(id)}`, { token })).at('data.status')).toBe('Cancelled');
  });

  it('strikes by chance, rule after rule', async () => {
    const draws = [0.2, 0.3, 0.3, 0.3, 0.4];
    const drawn = await openSimulator({ ids: { ...systemIds, fraction: () => draws.shift() ?? 1 } });
    const own = await drawn.login('margin');
    const path = `/accounts/${await drawn.accountOf(own)}/orders`;
    const rule = { method: 'POST', route: '/accounts/*/orders', exact: true } as const;
    const { control } = drawn.simulator;
    control.addFault({ ...rule, chance: 0.25, fault: { kind: 'status', status: 503 } });
    control.addFault({ ...rule, chance: 1 / 3, fault: { kind: 'accept-then-status', status: 500 } });
    const statuses: number[] = [];
    for (const name of ['a', 'b', 'c', 'd'])
      statuses.push((await drawn.ask('POST', path, { token: own, body: orderBody(name) })).status);
    expect(statuses).toEqual([503, 500, 201, 201]);
    expect(control.counters().orders).toEqual({ b: 1, c: 1, d: 1 });
    await drawn.simulator.close();
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
    const reached = open.clock.now() + 5_000;
    await open.clock.advance(7_000);
    expect(await known()).toContain('late');
    expect(open.simulator.control.counters().firstSubmittedAt).toEqual({ late: reached });
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

  it('counts the parts of a complex order and replacements in the same way, and remembers when they first came', async () => {
    const complex = `/accounts/${account}/complex-orders`;
    const body = { type: 'OTO', 'trigger-order': orderBody('trigger'), orders: [orderBody('after')] };
    await open.ask('POST', `${complex}/dry-run`, { token, body });
    expect(submitted()).toEqual({});
    const first = open.clock.now();
    const placed = await open.ask('POST', complex, { token, body });
    await open.clock.advance(1_000);
    await open.ask('POST', complex, { token, body });
    expect(submitted()).toEqual({ trigger: 2, after: 2 });

    const id = placed.at('data.complex-order.trigger-order.id');
    const { legs: _legs, ...changed } = { ...orderBody('changed'), price: '0.9' };
    await open.ask('POST', `${orders}/${String(id)}/dry-run`, { token, body: changed });
    expect(submitted()).not.toHaveProperty('changed');
    await open.ask('PUT', `${orders}/${String(id)}`, { token, body: changed });
    await open.ask('PUT', `${orders}/${String(id)}`, { token, body: changed });
    expect(submitted()).toEqual({ trigger: 2, after: 2, changed: 2 });
    expect(open.simulator.control.counters().firstSubmittedAt).toEqual({
      trigger: first,
      after: first,
      changed: first + 1_000,
    });
    open.simulator.control.reset();
    expect(open.simulator.control.counters()).toMatchObject({ orders: {}, firstSubmittedAt: {} });
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
    const seldom = { route: '/nowhere', exact: true, chance: 0.5, fault: { kind: 'accept-then-status', status: 500 } };
    expect((await open.ask('POST', '/_simulator/faults', { body: seldom })).status).toBe(200);
    expect((await open.ask('GET', '/_simulator/faults')).at('data.1')).toEqual(seldom);
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
    ['/_simulator/faults', { route: '/', fault: { kind: 'accept-then-status' } }],
    ['/_simulator/faults', { route: '/', fault: { kind: 'accept-then-status', status: 99 } }],
    ['/_simulator/faults', { route: '/', fault: { kind: 'status', status: 502.5 } }],
    ['/_simulator/faults', { route: '/', chance: 1.5, fault: { kind: 'reset' } }],
    ['/_simulator/faults', { route: '/', chance: 'often', fault: { kind: 'reset' } }],
    ['/_simulator/faults', { route: '/', exact: 'yes', fault: { kind: 'reset' } }],
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
