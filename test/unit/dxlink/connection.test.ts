import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Connection } from '../../../src/broker/dxlink/connection.ts';
import type { SocketEvents } from '../../../src/broker/dxlink/socket.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { recordedTranscript } from '../../support/dxlink-recorded.ts';

type Sent = { type: string; channel: number; [key: string]: unknown };

/** A connection whose server's end is the test itself. */
function createLine() {
  const clock = createManualClock();
  const sent: Sent[] = [];
  const told: string[] = [];
  const acts: string[] = [];
  let socketEvents: SocketEvents | undefined;
  const connection = new Connection({
    url: 'wss://feed.invalid/realtime',
    token: 'DXTOKEN',
    clock,
    openSocket: (_url, events) => {
      socketEvents = events;
      return {
        send: (text) => void sent.push(JSON.parse(text) as Sent),
        close: () => void acts.push('close'),
        terminate: () => void acts.push('terminate'),
      };
    },
    events: {
      opened: () => void told.push('opened'),
      ready: () => void told.push('ready'),
      heard: () => {},
      fields: (fields) => void told.push(`fields ${Object.keys(fields).join(' ')}`),
      data: (data) => void told.push(`data ${String(data[0])}`),
      malformed: () => void told.push('malformed'),
      refused: (error) => void told.push(`refused ${error.error}`),
      ended: (why) => void told.push(`ended ${why}`),
    },
  });
  if (socketEvents === undefined) throw new Error('No socket was opened');
  const server = socketEvents;
  const says = (frame: Readonly<Record<string, unknown>>): void => server.message(JSON.stringify(frame));
  return { clock, connection, server, says, sent, told, acts };
}

function readyLine() {
  const line = createLine();
  line.server.opened();
  line.says({ type: 'SETUP', channel: 0, keepaliveTimeout: 60, acceptKeepaliveTimeout: 60 });
  line.says({ type: 'AUTH_STATE', channel: 0, state: 'AUTHORIZED' });
  line.says({ type: 'CHANNEL_OPENED', channel: 1 });
  return line;
}

describe('the handshake', () => {
  it('goes like the recorded session of the vendor’s client', () => {
    const { server, says, sent, told } = createLine();
    server.opened();
    for (const { from, msg } of recordedTranscript()) {
      if (msg.type === 'CHANNEL_CLOSED') break;
      if (from === 'server') says(msg);
    }
    const clientTypes = ['SETUP', 'AUTH', 'CHANNEL_REQUEST', 'FEED_SETUP'];
    expect(sent.map(({ type }) => type)).toEqual(clientTypes);
    const theirs = recordedTranscript().filter(({ from }) => from === 'client');
    for (const type of ['AUTH', 'CHANNEL_REQUEST']) {
      expect(sent.find((frame) => frame.type === type)).toEqual(theirs.find(({ msg }) => msg.type === type)?.msg);
    }
    expect(told).toEqual([
      'opened',
      'ready',
      'fields Quote Trade',
      'data Quote',
      'data Trade',
      'fields Quote Trade',
      'data Quote',
      'data Trade',
    ]);
  });

  it('says each thing only when the one before it has been answered', () => {
    const { server, says, sent } = createLine();
    const types = (): string[] => sent.map(({ type }) => type);
    expect(types()).toEqual([]);
    server.opened();
    expect(types()).toEqual(['SETUP']);
    says({ type: 'AUTH_STATE', channel: 0, state: 'AUTHORIZED' });
    says({ type: 'CHANNEL_OPENED', channel: 1 });
    expect(types()).toEqual(['SETUP']);
    says({ type: 'SETUP', channel: 0 });
    expect(types()).toEqual(['SETUP', 'AUTH']);
    says({ type: 'CHANNEL_OPENED', channel: 1 });
    says({ type: 'AUTH_STATE', channel: 0, state: 'UNAUTHORIZED' });
    expect(types()).toEqual(['SETUP', 'AUTH']);
    says({ type: 'AUTH_STATE', channel: 0, state: 'AUTHORIZED' });
    says({ type: 'AUTH_STATE', channel: 0, state: 'AUTHORIZED' });
    says({ type: 'CHANNEL_OPENED', channel: 3 });
    expect(types()).toEqual(['SETUP', 'AUTH', 'CHANNEL_REQUEST']);
    says({ type: 'CHANNEL_OPENED', channel: 1 });
    says({ type: 'CHANNEL_OPENED', channel: 1 });
    expect(types()).toEqual(['SETUP', 'AUTH', 'CHANNEL_REQUEST', 'FEED_SETUP']);
  });

  it('asks for compact data of the fields it reads, on an odd channel', () => {
    const { sent } = readyLine();
    expect(sent.at(-1)).toMatchObject({
      type: 'FEED_SETUP',
      channel: 1,
      acceptDataFormat: 'COMPACT',
      acceptEventFields: { Quote: ['eventSymbol', 'bidPrice', 'bidSize', 'askPrice', 'askSize'] },
    });
  });

  it('has ten seconds', async () => {
    const { clock, told, acts, server } = createLine();
    server.opened();
    await clock.advance(9_999);
    expect(told).toEqual(['opened']);
    await clock.advance(1);
    expect(told).toEqual(['opened', 'ended timeout']);
    expect(acts).toEqual(['terminate']);
  });
});

describe('the end', () => {
  it.each([
    ['an error before the channel is open', { type: 'ERROR', channel: 0, error: 'UNSUPPORTED_PROTOCOL' }],
    ['a bad action before the channel is open', { type: 'ERROR', channel: 0, error: 'BAD_ACTION' }],
  ])('comes with %s', (_, frame) => {
    const { server, says, told } = createLine();
    server.opened();
    says(frame);
    expect(told).toEqual(['opened', 'ended refused']);
  });

  it.each([
    [{ type: 'ERROR', channel: 0, error: 'TIMEOUT' }, 'ended refused'],
    [{ type: 'ERROR', channel: 0, error: 'UNAUTHORIZED' }, 'ended unauthorized'],
    [{ type: 'AUTH_STATE', channel: 0, state: 'UNAUTHORIZED' }, 'ended unauthorized'],
    [{ type: 'CHANNEL_CLOSED', channel: 1 }, 'ended refused'],
  ])('comes on a ready line with %j', (frame, end) => {
    const { says, told } = readyLine();
    says(frame);
    expect(told.at(-1)).toBe(end);
  });

  it('is told once, and nothing after it', async () => {
    const { clock, server, says, told, sent } = readyLine();
    server.closed(1000);
    const before = [...told];
    expect(before.at(-1)).toBe('ended dropped');
    const sentBefore = sent.length;
    server.closed(1006);
    says({ type: 'FEED_DATA', channel: 1, data: ['Quote', []] });
    await clock.advance(600_000);
    expect(told).toEqual(before);
    expect(sent).toHaveLength(sentBefore);
  });

  it('by our own wish waits for the socket, but not for long', async () => {
    const { clock, connection, told, acts } = readyLine();
    let isDown = false;
    void connection.close().then(() => (isDown = true));
    expect(told.at(-1)).toBe('ended closed');
    expect(acts).toEqual(['close']);
    await clock.advance(499);
    expect(isDown).toBe(false);
    await clock.advance(1);
    expect(isDown).toBe(true);
    expect(acts).toEqual(['close', 'terminate']);
  });
});

describe('a ready line', () => {
  it.each(['BAD_ACTION', 'INVALID_MESSAGE', 'UNKNOWN'])('survives %s: something we asked for was refused', (error) => {
    const { says, told } = readyLine();
    says({ type: 'ERROR', channel: 1, error, message: 'Your subscription size is too big' });
    expect(told.at(-1)).toBe(`refused ${error}`);
  });

  it('leaves other channels alone', () => {
    const { says, told } = readyLine();
    says({ type: 'FEED_DATA', channel: 3, data: ['Quote', []] });
    says({ type: 'CHANNEL_CLOSED', channel: 3 });
    expect(told.at(-1)).toBe('ready');
  });

  it('keeps to time limits that the server changes, within reason', async () => {
    const { clock, says, sent, told } = readyLine();
    await clock.advance(10_000);
    const before = sent.length;
    says({ type: 'SETUP', channel: 0, keepaliveTimeout: 1e9, acceptKeepaliveTimeout: 1e-9 });
    await clock.advance(10_000);
    expect(sent.slice(before).map(({ type }) => type)).toEqual(Array.from({ length: 20 }, () => 'KEEPALIVE'));
    await clock.advance(111_000);
    expect(told.at(-1)).toBe('ended silent');
  });

  it('sends nothing for its owner before it is ready', () => {
    const { connection, sent } = createLine();
    connection.send({ type: 'FEED_SUBSCRIPTION', channel: 1, add: [] });
    expect(sent).toEqual([]);
  });

  it('never throws and never speaks out of turn, whatever the server says in whatever order', () => {
    const frame = fc.oneof(
      fc.constantFrom(
        { type: 'SETUP', channel: 0 },
        { type: 'AUTH_STATE', channel: 0, state: 'AUTHORIZED' },
        { type: 'AUTH_STATE', channel: 0, state: 'UNAUTHORIZED' },
        { type: 'CHANNEL_OPENED', channel: 1 },
        { type: 'CHANNEL_CLOSED', channel: 1 },
        { type: 'FEED_DATA', channel: 1, data: ['Quote', [1]] },
        { type: 'ERROR', channel: 0, error: 'BAD_ACTION' },
        { type: 'KEEPALIVE', channel: 0 },
      ),
      fc.object(),
    );
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 30 }), (frames) => {
        const { server, says, sent, told } = createLine();
        server.opened();
        for (const each of frames) says(each);
        const order = ['SETUP', 'AUTH', 'CHANNEL_REQUEST', 'FEED_SETUP'];
        expect(sent.map(({ type }) => type)).toEqual(order.slice(0, sent.length));
        expect(told.filter((what) => what.startsWith('ended')).length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
