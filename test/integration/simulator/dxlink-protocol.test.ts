import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSimulator, type OpenSimulator } from './open-simulator.ts';
import { eventually, WireClient, type Message } from './wire-client.ts';

const SETUP = { type: 'SETUP', channel: 0, version: '0.1-test', keepaliveTimeout: 60, acceptKeepaliveTimeout: 60 };
const REQUEST = { type: 'CHANNEL_REQUEST', channel: 1, service: 'FEED', parameters: { contract: 'AUTO' } };
const compact = (acceptEventFields?: object) => ({
  type: 'FEED_SETUP',
  channel: 1,
  acceptAggregationPeriod: 0.1,
  acceptDataFormat: 'COMPACT',
  ...(acceptEventFields === undefined ? {} : { acceptEventFields }),
});
const subscription = (add: readonly object[], rest: object = {}) => ({
  type: 'FEED_SUBSCRIPTION',
  channel: 1,
  add,
  ...rest,
});
const QUOTE_FIELDS = ['eventSymbol', 'bidPrice', 'askPrice'];

/** The rows of a compact FEED_DATA. */
function rowsOf(message: Message, width: number): unknown[][] {
  const [, flat] = message['data'] as [string, unknown[]];
  return Array.from({ length: flat.length / width }, (_, row) => flat.slice(row * width, (row + 1) * width));
}

describe('the simulated DXLink server', () => {
  let open: OpenSimulator;
  let url: string;
  let token: string;
  let client: WireClient;

  beforeEach(async () => {
    open = await openSimulator();
    const login = await open.login('margin');
    const reply = await open.ask('GET', '/api-quote-tokens', { token: login });
    url = String(reply.at('data.dxlink-url'));
    token = String(reply.at('data.token'));
    client = await WireClient.open(url);
  });
  afterEach(async () => {
    client.close();
    await open.simulator.close();
    expect(open.errors).toEqual([]);
  });

  async function authorized(): Promise<void> {
    client.send(SETUP);
    client.send({ type: 'AUTH', channel: 0, token });
    await client.told(({ state }) => state === 'AUTHORIZED');
  }

  async function feed(fields?: object): Promise<void> {
    await authorized();
    client.send(REQUEST);
    await client.toldType('CHANNEL_OPENED');
    client.send(compact(fields));
    await client.toldType('FEED_CONFIG');
  }

  const mark = (): number => client.received.length;

  it('opens with SETUP and AUTH_STATE, and answers a good token', async () => {
    await authorized();
    expect(client.received).toEqual([
      { type: 'SETUP', channel: 0, keepaliveTimeout: 60, acceptKeepaliveTimeout: 60, version: expect.any(String) },
      { type: 'AUTH_STATE', channel: 0, state: 'UNAUTHORIZED' },
      { type: 'AUTH_STATE', channel: 0, state: 'AUTHORIZED', userId: 'margin' },
    ]);
    expect(open.simulator.control.counters().sockets.dxlink).toEqual({ margin: 1 });
  });

  it('says UNAUTHORIZED to a wrong token, and closes', async () => {
    client.send(SETUP);
    client.send({ type: 'AUTH', channel: 0, token: `${token}x` });
    expect(await client.closed).toMatchObject({ code: 1000 });
    expect(client.received.at(-1)).toEqual({ type: 'AUTH_STATE', channel: 0, state: 'UNAUTHORIZED' });
  });

  it('does not take a token after its 24 hours', async () => {
    open.simulator.control.shiftClock(24 * 3_600_000);
    client.send(SETUP);
    client.send({ type: 'AUTH', channel: 0, token });
    await client.closed;
    expect(client.received.some(({ state }) => state === 'AUTHORIZED')).toBe(false);
  });

  it('demands the order of steps', async () => {
    client.send({ type: 'AUTH', channel: 0, token });
    expect(await client.toldType('ERROR')).toMatchObject({ error: 'BAD_ACTION' });
    client.send(SETUP);
    client.send(REQUEST);
    expect(await client.told(({ error }) => error === 'UNAUTHORIZED')).toMatchObject({ channel: 1 });
    client.send({ type: 'AUTH', channel: 0, token });
    await client.told(({ state }) => state === 'AUTHORIZED');
    let from = mark();
    client.send(compact());
    expect(await client.toldType('ERROR', from)).toMatchObject({ error: 'BAD_ACTION', channel: 1 });
    client.send(REQUEST);
    await client.toldType('CHANNEL_OPENED');
    from = mark();
    client.send(subscription([{ type: 'Quote', symbol: 'SPY' }]));
    expect(await client.toldType('ERROR', from)).toMatchObject({ error: 'BAD_ACTION', channel: 1 });
  });

  it('rejects even channels', async () => {
    await authorized();
    client.send({ ...REQUEST, channel: 2 });
    expect(await client.toldType('ERROR')).toEqual({
      type: 'ERROR',
      channel: 0,
      error: 'BAD_ACTION',
      message: 'Protocol violation with an even channel usage.',
    });
  });

  it.each(['not json', '[]', '{"channel":1}', '{"type":"SETUP"}', '7'])('calls %j invalid, and stays', async (text) => {
    client.send(text);
    expect(await client.toldType('ERROR')).toMatchObject({ error: 'INVALID_MESSAGE' });
    await authorized();
  });

  it('echoes the channel request, and cancels channels', async () => {
    await authorized();
    client.send({ ...REQUEST, channel: 7, parameters: { contract: 'TICKER' } });
    expect(await client.toldType('CHANNEL_OPENED')).toEqual({
      type: 'CHANNEL_OPENED',
      channel: 7,
      service: 'FEED',
      parameters: { contract: 'TICKER', subFormat: 'LIST' },
    });
    client.send({ type: 'CHANNEL_CANCEL', channel: 7 });
    expect(await client.toldType('CHANNEL_CLOSED')).toEqual({ type: 'CHANNEL_CLOSED', channel: 7 });
  });

  it('announces the fields of every type before its data, and sends one type a frame', async () => {
    await feed({ Quote: QUOTE_FIELDS });
    client.send(compact({ Summary: ['eventType', 'eventSymbol', 'prevDayClosePrice', 'noSuchField'] }));
    client.send(
      subscription(
        ['Quote', 'Summary', 'Trade'].flatMap((type) => [
          { type, symbol: 'SPY' },
          { type, symbol: 'AAPL' },
        ]),
        { reset: true },
      ),
    );
    await client.told(({ data }) => Array.isArray(data) && data[0] === 'Trade');
    const fields: Record<string, readonly string[]> = {};
    for (const message of client.received) {
      if (message['type'] === 'FEED_CONFIG') {
        expect(message).toMatchObject({ dataFormat: 'COMPACT', aggregationPeriod: expect.any(Number) });
        Object.assign(fields, message['eventFields']);
      }
      if (message['type'] !== 'FEED_DATA') continue;
      const data = message['data'] as unknown[];
      expect(data).toHaveLength(2);
      expect(fields).toHaveProperty(String(data[0]));
    }
    // Later set-ups add to earlier ones, and only fields that exist are taken.
    expect(fields['Quote']).toEqual(QUOTE_FIELDS);
    expect(fields['Summary']).toEqual(['eventType', 'eventSymbol', 'prevDayClosePrice']);
    const quotes = await client.told(({ data }) => Array.isArray(data) && data[0] === 'Quote');
    expect(rowsOf(quotes, 3)).toEqual([
      ['SPY', expect.any(Number), expect.any(Number)],
      ['AAPL', expect.any(Number), expect.any(Number)],
    ]);
  });

  it('sends FULL events when asked', async () => {
    await authorized();
    client.send(REQUEST);
    client.send({ ...compact(), acceptDataFormat: 'FULL' });
    client.send(subscription([{ type: 'Quote', symbol: 'SPY' }]));
    const { data } = await client.toldType('FEED_DATA');
    expect(data).toEqual([
      expect.objectContaining({ eventType: 'Quote', eventSymbol: 'SPY', bidPrice: expect.any(Number) }),
    ]);
    expect(await client.toldType('FEED_CONFIG')).toMatchObject({ dataFormat: 'FULL' });
  });

  it('writes what it does not know as the word NaN', async () => {
    await feed({ Quote: QUOTE_FIELDS });
    client.send(subscription([{ type: 'Quote', symbol: 'VIX' }]));
    expect(rowsOf(await client.toldType('FEED_DATA'), 3)).toEqual([['VIX', 'NaN', 'NaN']]);
  });

  it('is silent about symbols it does not know', async () => {
    await feed({ Quote: QUOTE_FIELDS });
    client.send(
      subscription([
        { type: 'Quote', symbol: 'NOSUCH' },
        { type: 'Greeks', symbol: 'SPY' },
        { type: 'Quote', symbol: 'SPY' },
      ]),
    );
    expect(rowsOf(await client.toldType('FEED_DATA'), 3)).toEqual([['SPY', expect.any(Number), expect.any(Number)]]);
  });

  it('then tells changes only, and none once unsubscribed', async () => {
    await feed({ Quote: QUOTE_FIELDS, Profile: ['eventSymbol', 'description'] });
    client.send(
      subscription([
        { type: 'Quote', symbol: 'SPY' },
        { type: 'Profile', symbol: 'SPY' },
      ]),
    );
    await client.told(({ data }) => Array.isArray(data) && data[0] === 'Profile');
    let from = mark();
    open.simulator.control.moveMarket('SPY', 1.05);
    await open.clock.advance(500);
    const moved = await client.toldType('FEED_DATA', from);
    expect(moved['data']).toEqual(['Quote', ['SPY', expect.any(Number), expect.any(Number)]]);

    client.send({ type: 'FEED_SUBSCRIPTION', channel: 1, remove: [{ type: 'Quote', symbol: 'SPY' }] });
    client.send({ type: 'KEEPALIVE', channel: 0 });
    await client.toldType('KEEPALIVE');
    from = mark();
    open.simulator.control.moveMarket('SPY', 1.05);
    await open.clock.advance(2_000);
    client.send({ type: 'KEEPALIVE', channel: 0 });
    await client.toldType('KEEPALIVE', from);
    expect(client.received.slice(from).map(({ type }) => type)).toEqual(['KEEPALIVE']);
  });

  it('keeps to the aggregation period that was asked for', async () => {
    await authorized();
    client.send(REQUEST);
    client.send({ ...compact({ Quote: QUOTE_FIELDS }), acceptAggregationPeriod: 10 });
    expect(await client.toldType('FEED_CONFIG')).toMatchObject({ aggregationPeriod: 10 });
    client.send(subscription([{ type: 'Quote', symbol: 'SPY' }]));
    await client.toldType('FEED_DATA');
    await open.clock.advance(1_000);
    const from = mark();
    open.simulator.control.moveMarket('SPY', 1.1);
    await open.clock.advance(8_000);
    expect(client.received.slice(from)).toEqual([]);
    await open.clock.advance(2_000);
    await client.toldType('FEED_DATA', from);
  });

  it('gives candles a past: newest first, begun and ended by flags', async () => {
    await feed({ Candle: ['eventFlags', 'eventSymbol', 'time', 'close'] });
    const fromTime = open.clock.now() - 3_600_000;
    client.send(subscription([{ type: 'Candle', symbol: 'SPY{=5m}', fromTime }]));
    const rows = rowsOf(await client.toldType('FEED_DATA'), 4);
    expect(rows[0]).toEqual([4, 'SPY{=5m}', expect.any(Number), expect.any(Number)]);
    expect(rows.at(-1)).toEqual([10, 'SPY{=5m}', expect.any(Number), 'NaN']);
    const times = rows.map(([, , time]) => Number(time));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    // From 9:30, when the market opened, to 10:00.
    expect(rows.slice(0, -1).every(([flags], index) => flags === (index === 0 ? 4 : 0))).toBe(true);
    expect(rows.length).toBeGreaterThanOrEqual(7);
  });

  it('closes an unfinished past of nothing at once', async () => {
    await feed({ Candle: ['eventFlags', 'eventSymbol', 'close'] });
    client.send(subscription([{ type: 'Candle', symbol: 'NOSUCH{=d}', fromTime: 0 }]));
    expect(rowsOf(await client.toldType('FEED_DATA'), 3)).toEqual([[14, 'NOSUCH{=d}', 'NaN']]);
  });

  it('answers keepalives, sends its own, and says Bye to a client that is silent for 60 seconds', async () => {
    client.send(SETUP);
    await client.toldType('AUTH_STATE');
    await open.clock.advance(31_000);
    await client.toldType('KEEPALIVE');
    client.send({ type: 'KEEPALIVE', channel: 0 });
    await eventually(() => client.received.filter(({ type }) => type === 'KEEPALIVE').length >= 2);
    await open.clock.advance(59_000);
    client.send({ type: 'KEEPALIVE', channel: 0 });
    await eventually(() => client.received.filter(({ type }) => type === 'KEEPALIVE').length >= 4);
    await open.clock.advance(62_000);
    expect(await client.closed).toEqual({ code: 1000, reason: 'Bye' });
  });

  it('holds 25,000 entries a connection, and refuses the next', async () => {
    await feed({ Quote: QUOTE_FIELDS });
    for (let chunk = 0; chunk < 25; chunk += 1) {
      client.send(
        subscription(
          Array.from({ length: 1_000 }, (_, index) => ({ type: 'Quote', symbol: `X${chunk * 1_000 + index}` })),
        ),
      );
    }
    client.send({ type: 'KEEPALIVE', channel: 0 });
    await client.toldType('KEEPALIVE');
    expect(client.received.some(({ type }) => type === 'ERROR')).toBe(false);
    client.send(subscription([{ type: 'Quote', symbol: 'SPY' }]));
    expect(await client.toldType('ERROR')).toEqual({
      type: 'ERROR',
      channel: 1,
      error: 'BAD_ACTION',
      message: 'Your subscription size is too big',
    });
    client.send(subscription([{ type: 'Quote', symbol: 'SPY' }], { reset: true }));
    await client.toldType('FEED_DATA');
  });

  it('closes on a frame of too many symbols with 1009', async () => {
    await feed({ Quote: QUOTE_FIELDS });
    client.send(subscription(Array.from({ length: 3_000 }, (_, index) => ({ type: 'Quote', symbol: `X${index}` }))));
    expect(await client.closed).toMatchObject({ code: 1009 });
  });
});
