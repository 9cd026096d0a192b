import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSimulator, type OpenSimulator } from './open-simulator.ts';
import { eventually, WireClient } from './wire-client.ts';

describe('the simulated account streamer', () => {
  let open: OpenSimulator;
  let token: string;
  let account: string;
  let client: WireClient;

  beforeEach(async () => {
    open = await openSimulator();
    token = await open.login('margin');
    account = await open.accountOf(token);
    client = await WireClient.open(open.simulator.streamerUrl);
  });
  afterEach(async () => {
    client.close();
    await open.simulator.close();
    expect(open.errors).toEqual([]);
  });

  const bearer = (): object => ({ 'auth-token': `Bearer ${token}` });
  const sessionId = expect.stringMatching(/^[0-9a-f]{8}$/u);

  it.each(['array', 'text'])('connects accounts sent as %s, and echoes the request id', async (form) => {
    client.send({ action: 'connect', value: form === 'array' ? [account] : account, 'request-id': 1, ...bearer() });
    expect(await client.told(({ action }) => action === 'connect')).toEqual({
      status: 'ok',
      action: 'connect',
      'web-socket-session-id': sessionId,
      value: [account],
      'request-id': 1,
    });
    client.send({ action: 'heartbeat', ...bearer() });
    expect(await client.told(({ action }) => action === 'heartbeat')).toEqual({
      status: 'ok',
      action: 'heartbeat',
      'web-socket-session-id': sessionId,
    });
    expect(open.simulator.control.counters().sockets.streamer).toEqual({ margin: 1 });
  });

  it('answers a token without the word Bearer with "Unknown domain", and still takes its heartbeats', async () => {
    client.send({ action: 'connect', value: [account], 'auth-token': token });
    expect(await client.told(({ action }) => action === 'connect')).toMatchObject({
      status: 'error',
      message: 'Unknown domain',
    });
    client.send({ action: 'heartbeat', 'auth-token': token });
    expect(await client.told(({ action }) => action === 'heartbeat')).toMatchObject({ status: 'ok' });
  });

  it('says what is wrong, in its own words', async () => {
    const foreign = await open.accountOf(await open.login('cash'));
    const fails = async (message: object): Promise<unknown> => {
      const from = client.received.length;
      client.send({ 'request-id': 9, ...bearer(), ...message });
      const answer = await client.told(() => true, from);
      expect(answer).toMatchObject({ status: 'error', 'request-id': 9 });
      return answer['message'];
    };
    expect(await fails({ action: 'heartbeat' })).toBe('connect-not-completed');
    expect(await fails({ action: 'connect', value: [] })).toBe('value missing or not valid');
    expect(await fails({ action: 'connect' })).toBe('value missing or not valid');
    expect(await fails({ action: 'connect', value: [foreign] })).toBe('failed');
    expect(await fails({ action: 'connect', value: [account], 'auth-token': 'Bearer nobody' })).toBe('failed');
    expect(await fails({ action: 'dance' })).toBe('not-implemented');
    expect(await fails({ action: 'toString' })).toBe('not-implemented');
  });

  it('tells orders and balances of connected accounts as REST shows them, and of no other', async () => {
    client.send({ action: 'connect', value: [account], ...bearer() });
    await client.told(({ action }) => action === 'connect');
    const other = await open.login('cash');
    const otherAccount = await open.accountOf(other);
    const leg = { 'instrument-type': 'Equity', symbol: 'SPY', action: 'Buy to Open', quantity: 1 };
    const body = { 'order-type': 'Limit', 'time-in-force': 'Day', price: '1.0', 'price-effect': 'Debit', legs: [leg] };
    await open.ask('POST', `/accounts/${otherAccount}/orders`, { token: other, body });
    const placed = await open.ask('POST', `/accounts/${account}/orders`, { token, body });
    expect(placed.status).toBe(201);
    const order = await client.toldType('Order');
    expect(order).toEqual({ type: 'Order', data: expect.any(Object), timestamp: expect.any(Number) });
    expect(order['data']).toMatchObject({ id: placed.at('data.order.id'), 'account-number': account });
    await client.toldType('AccountBalance');
    const told = client.received.filter(({ type }) => type !== undefined).map(({ data }) => JSON.stringify(data));
    expect(told.every((text) => text.includes(account) && !text.includes(otherAccount))).toBe(true);
  });

  it('says Bye when heartbeats stop', async () => {
    client.send({ action: 'connect', value: [account], ...bearer() });
    await client.told(({ action }) => action === 'connect');
    await open.clock.advance(59_000);
    client.send({ action: 'heartbeat', ...bearer() });
    await client.told(({ action }) => action === 'heartbeat');
    await open.clock.advance(62_000);
    expect(await client.closed).toEqual({ code: 1000, reason: 'Bye' });
    await eventually(() => Object.keys(open.simulator.control.counters().sockets.streamer).length === 0);
  });

  it('wants the newest token in a heartbeat', async () => {
    client.send({ action: 'connect', value: [account], ...bearer() });
    await client.told(({ action }) => action === 'connect');
    open.simulator.control.expireTokens('margin');
    client.send({ action: 'heartbeat', ...bearer() });
    expect(await client.told(({ action }) => action === 'heartbeat')).toMatchObject({
      status: 'error',
      message: 'failed',
    });
    token = await open.login('margin');
    client.send({ action: 'heartbeat', 'request-id': 2, ...bearer() });
    expect(await client.told((message) => message['request-id'] === 2)).toMatchObject({ status: 'ok' });
  });
});
