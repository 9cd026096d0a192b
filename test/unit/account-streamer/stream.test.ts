import { describe, expect, it } from 'vitest';
import { createAccountStreamer } from '../../../src/broker/account-streamer/create-account-streamer.ts';
import { accountNumber } from '../../../src/broker/model/symbol.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { AccountPeer } from '../../support/account-peer.ts';
import { recordingLog, settle, type Told } from '../../support/dxlink-bench.ts';
import { memorySockets } from '../../support/dxlink-memory-socket.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { silentObserver } from '../../support/upstream.ts';

const ACCOUNT = accountNumber('5WT00000');
const BALANCE = { 'account-number': ACCOUNT };

function createBench() {
  const clock = createManualClock();
  const peer = new AccountPeer();
  const sockets = memorySockets(peer);
  const told: string[] = [];
  const logged: Told[] = [];
  const seen: string[] = [];
  const tokens = {
    count: 1,
    refusals: [] as string[],
    fails: undefined as GatewayError | undefined,
    /** The refused token is replaced by the next. */
    renews: true,
    async current() {
      if (tokens.fails !== undefined) throw tokens.fails;
      return `token-${tokens.count}`;
    },
    async refused(token: string) {
      tokens.refusals.push(token);
      if (token === `token-${tokens.count}` && tokens.renews) tokens.count += 1;
      return tokens.renews;
    },
  };
  const streamer = createAccountStreamer({
    url: 'wss://streamer.invalid',
    tokens,
    clock,
    ids: { uuid: () => 'id', secret: () => 'secret', fraction: () => 0.5 },
    log: recordingLog(logged),
    observer: {
      ...silentObserver,
      streamerSocket: (change) => void seen.push(change),
      streamerMessage: (kind) => void seen.push(kind),
    },
    openSocket: sockets.openSocket,
  });
  const open = () =>
    streamer.open([ACCOUNT], {
      live: () => void told.push('live'),
      event: ({ kind }) => void told.push(kind),
      unreadable: () => void told.push('unreadable'),
      lost: () => void told.push('lost'),
      failed: ({ code }) => void told.push(`failed ${code}`),
    });
  return { clock, peer, sockets, told, logged, seen, tokens, streamer, open };
}

async function createLive() {
  const bench = createBench();
  const stream = bench.open();
  await settle(bench.clock);
  return { ...bench, stream };
}

describe('the account stream', () => {
  it('connects with the token and the accounts, and says when it is live', async () => {
    const { peer, told, sockets } = await createLive();
    expect(sockets.urls).toEqual(['wss://streamer.invalid']);
    expect(peer.last.received).toEqual([
      { action: 'connect', value: [ACCOUNT], 'auth-token': 'Bearer token-1', 'request-id': 1 },
    ]);
    expect(told).toEqual(['live']);
  });

  it('passes on what happens, skips and counts what it does not read, and tells what it could not read', async () => {
    const { peer, told, seen, clock } = await createLive();
    peer.tell('AccountBalance', BALANCE);
    peer.tell('UserMessage', {});
    peer.tell('Order', { id: 1 });
    peer.tell('CurrentPosition', { ...BALANCE, symbol: 'SPY' });
    await settle(clock);
    expect(told).toEqual(['live', 'balances', 'unreadable', 'position']);
    expect(seen).toEqual(['opened', 'balances', 'skipped', 'malformed', 'position']);
  });

  it('shows the newest token in each heartbeat', async () => {
    const { peer, clock, tokens } = await createLive();
    await clock.advance(10_000);
    tokens.count = 7;
    await clock.advance(10_000);
    expect(peer.last.received.slice(1)).toEqual([
      { action: 'heartbeat', 'auth-token': 'Bearer token-1', 'request-id': 2 },
      { action: 'heartbeat', 'auth-token': 'Bearer token-7', 'request-id': 3 },
    ]);
  });

  it('shows another token at once when that of a heartbeat is refused, and the line stays', async () => {
    const { peer, clock, tokens, told } = await createLive();
    peer.tokens = new Set(['token-2']);
    await clock.advance(10_000);
    await settle(clock);
    expect(tokens.refusals).toEqual(['token-1']);
    expect(peer.last.received.at(-1)).toMatchObject({ action: 'heartbeat', 'auth-token': 'Bearer token-2' });
    await clock.advance(60_000);
    expect([peer.sessions.length, told]).toEqual([1, ['live']]);
  });

  it('ends a line on which the second token is refused too, and comes back with the next', async () => {
    const { peer, clock, told, tokens } = await createLive();
    peer.tokens = new Set();
    await clock.advance(10_000);
    await settle(clock);
    expect(told).toEqual(['live', 'lost']);
    expect(tokens.refusals).toEqual(['token-1', 'token-2']);
    peer.tokens = undefined;
    await clock.advance(2000);
    expect(told).toEqual(['live', 'lost', 'live']);
  });

  it('keeps the last token where no newer one can be had, and gives up where the login is gone', async () => {
    const { peer, clock, tokens, told } = await createLive();
    tokens.fails = new GatewayError('broker_unavailable', 'Not now.');
    await clock.advance(10_000);
    expect(peer.last.received.at(-1)).toMatchObject({ action: 'heartbeat', 'auth-token': 'Bearer token-1' });
    tokens.fails = new GatewayError('reconnect_needed', 'Gone.');
    await clock.advance(60_000);
    expect(told).toEqual(['live', 'lost', 'failed reconnect_needed']);
    expect(peer.open).toEqual([]);
  });

  it('finds a line dead on which heartbeats are not answered, within 25 seconds', async () => {
    const { peer, clock, told } = await createLive();
    peer.mute.add('heartbeat');
    await clock.advance(24_000);
    expect(told).toEqual(['live']);
    peer.mute.clear();
    await clock.advance(1500);
    expect(told).toEqual(['live', 'lost', 'live']);
  });

  it('comes back when the line drops, later each time as long as it does not get through', async () => {
    const { peer, clock, told, sockets, seen } = await createLive();
    await clock.advance(31_000);
    sockets.unreachable = true;
    peer.last.line.terminate();
    await clock.advance(30_000);
    expect(told).toEqual(['live', 'lost']);
    // Half of 0.5 s, 1 s, 2 s, 4 s, 8 s, 15 s, 15 s: seven attempts and the first connection.
    expect(sockets.urls).toHaveLength(8);
    sockets.unreachable = false;
    await clock.advance(8000);
    expect(told).toEqual(['live', 'lost', 'live']);
    expect(seen.filter((change) => change === 'opened')).toHaveLength(2);
  });

  it('gives up a server that does not answer, and one that refuses', async () => {
    const { open, peer, clock, told, tokens } = createBench();
    peer.mute.add('connect');
    open();
    await clock.advance(10_000);
    expect([peer.open.length, told]).toEqual([0, []]);
    peer.mute.clear();
    peer.tokens = new Set(['token-2']);
    await clock.advance(3000);
    expect(tokens.refusals).toEqual(['token-1']);
    expect(told).toEqual(['live']);
  });

  it('is never open twice, and closes for good', async () => {
    const { peer, clock, told, streamer, sockets } = await createLive();
    for (let cut = 0; cut < 5; cut += 1) {
      peer.last.line.terminate();
      await clock.advance(5000);
    }
    expect(peer.mostAtOnce).toBe(1);
    sockets.clings = true;
    const closing = streamer.close();
    await clock.advance(500);
    await closing;
    peer.tell('AccountBalance', BALANCE);
    await clock.advance(60_000);
    expect([peer.open, told.filter((one) => one === 'balances')]).toEqual([[], []]);
  });
});
