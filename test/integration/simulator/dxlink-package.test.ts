import { DXLinkAuthState, DXLinkFeed, DXLinkWebSocketClient, FeedContract, FeedDataFormat } from '@dxfeed/dxlink-api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { openSimulator, type OpenSimulator } from './open-simulator.ts';
import { eventually } from './wire-client.ts';

type Event = Readonly<Record<string, unknown>>;

/** dxFeed's own client: strict about order, fields and formats, and quick to reconnect. */
describe('@dxfeed/dxlink-api against the simulator', () => {
  let open: OpenSimulator;
  let url: string;
  let token: string;
  const clients: DXLinkWebSocketClient[] = [];

  beforeAll(async () => {
    open = await openSimulator({ clock: systemClock, alwaysOpen: true });
    const login = await open.login('margin');
    const reply = await open.ask('GET', '/api-quote-tokens', { token: login });
    [url, token] = [String(reply.at('data.dxlink-url')), String(reply.at('data.token'))];
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
    open.simulator.control.reset();
  });
  afterAll(async () => {
    await open.simulator.close();
    expect(open.errors).toEqual([]);
  });

  function connect(authToken: string): { client: DXLinkWebSocketClient; errors: Event[]; states: DXLinkAuthState[] } {
    const client = new DXLinkWebSocketClient();
    const errors: Event[] = [];
    const states: DXLinkAuthState[] = [];
    client.addErrorListener((error) => errors.push({ ...error }));
    client.addAuthStateChangeListener((state) => states.push(state));
    client.setAuthToken(authToken);
    client.connect(url);
    clients.push(client);
    return { client, errors, states };
  }

  function feedOf(
    client: DXLinkWebSocketClient,
    format: FeedDataFormat,
  ): { feed: DXLinkFeed<FeedContract.AUTO>; told: Event[] } {
    const feed = new DXLinkFeed(client, FeedContract.AUTO);
    const told: Event[] = [];
    feed.configure({ acceptAggregationPeriod: 0.1, acceptDataFormat: format });
    feed.addEventListener((events) => told.push(...events.map((event) => ({ ...event }))));
    return { feed, told };
  }

  it.each([FeedDataFormat.COMPACT, FeedDataFormat.FULL])('subscribes and decodes %s, NaN as a word', async (format) => {
    const { client, errors, states } = connect(token);
    const { feed, told } = feedOf(client, format);
    feed.addSubscriptions(
      { type: 'Quote', symbol: 'SPY' },
      { type: 'Quote', symbol: 'VIX' },
      { type: 'Trade', symbol: 'SPY' },
      { type: 'Summary', symbol: 'AAPL' },
    );
    const find = (type: string, symbol: string): Event | undefined =>
      told.find(({ eventType, eventSymbol }) => eventType === type && eventSymbol === symbol);
    await eventually(() => find('Trade', 'SPY') !== undefined && find('Summary', 'AAPL') !== undefined);
    expect(find('Quote', 'SPY')).toMatchObject({ bidPrice: expect.any(Number), askPrice: expect.any(Number) });
    expect(find('Quote', 'VIX')).toMatchObject({ bidPrice: 'NaN', askPrice: 'NaN' });
    expect(states).toContain(DXLinkAuthState.AUTHORIZED);
    expect(errors).toEqual([]);
  });

  it('goes on being told what changes', async () => {
    const { client } = connect(token);
    const { feed, told } = feedOf(client, FeedDataFormat.COMPACT);
    feed.addSubscriptions({ type: 'Quote', symbol: 'QQQ' });
    await eventually(() => told.length > 0);
    const before = Number(told.at(-1)?.['askPrice']);
    open.simulator.control.moveMarket('QQQ', 1.5);
    await eventually(() => Number(told.at(-1)?.['bidPrice']) > before * 1.4);
  });

  it('reconnects after a drop and subscribes again by itself', async () => {
    const { client, states } = connect(token);
    const { feed, told } = feedOf(client, FeedDataFormat.COMPACT);
    feed.addSubscriptions({ type: 'Summary', symbol: 'SPY' });
    await eventually(() => told.length > 0);
    told.length = 0;
    expect(open.simulator.control.dropSockets({ kind: 'dxlink', customerId: 'margin' })).toBe(1);
    await eventually(() => told.length > 0);
    expect(states.filter((state) => state === DXLinkAuthState.AUTHORIZED)).toHaveLength(2);
  });

  it('is turned away with a wrong token, and does not come back', async () => {
    const { states } = connect('nobody');
    await eventually(() => states.includes(DXLinkAuthState.UNAUTHORIZED));
    expect(states).not.toContain(DXLinkAuthState.AUTHORIZED);
    await eventually(() => Object.keys(open.simulator.control.counters().sockets.dxlink).length === 0);
  });

  it('reads what a server sends that has fallen into the other format, unannounced', async () => {
    const { client } = connect(token);
    const { feed, told } = feedOf(client, FeedDataFormat.FULL);
    open.simulator.control.forceFeedFormat('COMPACT');
    feed.addSubscriptions({ type: 'Quote', symbol: 'SPY' });
    await eventually(() => told.length > 0);
    expect(told[0]).toMatchObject({ eventType: 'Quote', eventSymbol: 'SPY' });
  });
});
