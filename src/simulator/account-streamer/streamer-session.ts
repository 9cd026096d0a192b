import type { WireObject } from '../engine/desk.ts';
import { parseMessage } from '../parse-message.ts';
import type { SocketSession, WireSocket } from '../socket-server.ts';
import type { World } from '../world.ts';
import { createAccountFollower } from './account-follower.ts';
import { readLogin } from './streamer-login.ts';

export type StreamerSession = SocketSession & {
  /** Ends a session whose client has stopped its heartbeats. */
  watch(): void;
};

const SILENCE_MS = 60_000;
const SESSION_ID_LENGTH = 8;

/** The server's half of one account streamer connection (contract §6). */
export function createStreamerSession(world: World, socket: WireSocket): StreamerSession {
  const { clock } = world;
  const sessionId = world.ids.uuid().replaceAll('-', '').slice(0, SESSION_ID_LENGTH);
  const follower = createAccountFollower(world, socket);
  let heardAt = clock.monotonicMs();

  const answer = (message: WireObject, outcome: WireObject): void =>
    socket.send({
      action: message['action'],
      'web-socket-session-id': sessionId,
      ...outcome,
      ...(message['request-id'] === undefined ? {} : { 'request-id': message['request-id'] }),
    });
  const accept = (message: WireObject, value: WireObject = {}): void => answer(message, { status: 'ok', ...value });
  const fail = (message: WireObject, reason: string): void => answer(message, { status: 'error', message: reason });

  function connect(message: WireObject): void {
    const login = readLogin(world, message);
    if (login.kind !== 'customer') return fail(message, login.kind === 'no-bearer' ? 'Unknown domain' : 'failed');
    const accounts = accountsOf(message['value']);
    if (accounts === undefined) return fail(message, 'value missing or not valid');
    const { customer } = login;
    if (!accounts.every((account) => customer.accounts.includes(account))) return fail(message, 'failed');
    follower.follow(customer, accounts);
    return accept(message, { value: accounts });
  }

  function heartbeat(message: WireObject): void {
    const login = readLogin(world, message);
    if (login.kind === 'refused') return fail(message, 'failed');
    // Without the word Bearer nobody is known, and a heartbeat is acknowledged all the same.
    if (login.kind === 'customer' && follower.customerId() === undefined) return fail(message, 'connect-not-completed');
    return accept(message);
  }

  const subscribeUser = (message: WireObject): void =>
    readLogin(world, message).kind === 'customer' ? accept(message) : fail(message, 'failed');

  const actions: Readonly<Record<string, (message: WireObject) => void>> = {
    connect,
    heartbeat,
    'public-watchlists-subscribe': subscribeUser,
    'quote-alerts-subscribe': subscribeUser,
    'user-message-subscribe': subscribeUser,
  };

  return {
    customerId: follower.customerId,
    receive(text) {
      heardAt = clock.monotonicMs();
      const message = parseMessage(text);
      const { action } = message;
      const act = typeof action === 'string' && Object.hasOwn(actions, action) ? actions[action] : undefined;
      return act === undefined ? fail(message, 'not-implemented') : act(message);
    },
    watch() {
      if (clock.monotonicMs() - heardAt > SILENCE_MS) socket.close(1000, 'Bye');
    },
    closed: follower.stop,
  };
}

/** A list of account numbers, or one as plain text; undefined for anything else. */
function accountsOf(value: unknown): readonly string[] | undefined {
  const sent: readonly unknown[] = Array.isArray(value) ? value : [value];
  const accounts = sent.filter((account): account is string => typeof account === 'string' && account !== '');
  return accounts.length > 0 && accounts.length === sent.length ? accounts : undefined;
}
