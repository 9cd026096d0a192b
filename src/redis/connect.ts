import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import { type KeptClient, keepOpen } from './keep-open.ts';
import { type ClientRole, openClient, pingAll, type RedisClient } from './open-client.ts';
import { createPresence } from './presence.ts';
import { type PubSub, createPubSub } from './pub-sub.ts';
import { readRedisAddress } from './redis-address.ts';

/** Redis for this process: one connection for commands, one that listens, and more for whoever needs their own. */
export type RedisConnection = {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** For libraries that want a client of their own kind; everything else goes through `ask`. */
  readonly client: RedisClient;
  readonly pubSub: PubSub;
  readonly isAway: boolean;
  /** Runs one command. Throws `coordination_unavailable` within a fifth of a second, and at once while Redis is away. */
  ask<Value>(command: (client: RedisClient) => Promise<Value>): Promise<Value>;
  /** Told of each time that Redis goes away or comes back. Returns how to stop listening. */
  onPresence(listener: (isAway: boolean) => void): () => void;
  /** A further connection, closed with this one at the latest. */
  open(role: ClientRole): KeptClient;
  /** Resolves when it has answered for the first time, or after `ms`: whoever starts is not taken for one that has lost it. */
  ready(ms: number): Promise<void>;
  /** Whether it answers now. Never throws. */
  healthy(): Promise<boolean>;
  /** Idempotent. */
  close(): Promise<void>;
};

const READY_STEP_MS = 50;

/** Opens connections that mend themselves. Throws `config_invalid` for an address that is none. */
export function connectRedis(
  url: string,
  { log, clock }: { readonly log: Log; readonly clock: Clock },
): RedisConnection {
  const address = readRedisAddress(url);
  const opened = new Set<KeptClient>();
  const listeners = new Set<(isAway: boolean) => void>();
  const open = (role: ClientRole): KeptClient => {
    const kept = keepOpen(openClient(address, role), clock);
    kept.client.on('error', (error: Error) =>
      log.warn({ error: error.message, role: role.kind }, 'Redis connection failed'),
    );
    opened.add(kept);
    return kept;
  };
  const { client } = open({ kind: 'commands' });
  client.on('ready', () => void pingAll(client).catch(() => {}));
  const presence = createPresence({
    clock,
    ping: () => pingAll(client),
    reconnect: () => client.disconnect(true),
    onChange(isAway) {
      log.warn({ isAway }, isAway ? 'Redis does not answer' : 'Redis answers again');
      for (const listener of listeners) listener(isAway);
    },
  });
  const ask = <Value>(command: (client: RedisClient) => Promise<Value>): Promise<Value> =>
    presence.ask(() => command(client));
  const pubSub = createPubSub({ subscriber: open({ kind: 'subscriber' }).client, ask, clock, log });
  return {
    kind: address.kind,
    client,
    pubSub,
    get isAway() {
      return presence.isAway;
    },
    ask,
    onPresence(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    open,
    ready: (ms) => firstAnswer(client, clock, ms),
    healthy: () =>
      ask(pingAll).then(
        () => true,
        () => false,
      ),
    async close() {
      presence.close();
      pubSub.close();
      for (const one of opened) one.close();
    },
  };
}

async function firstAnswer(client: RedisClient, clock: Clock, ms: number): Promise<void> {
  const untilMs = clock.monotonicMs() + ms;
  const answers = (): Promise<boolean> =>
    pingAll(client).then(
      () => true,
      () => false,
    );
  const soon = (): Promise<boolean> => clock.sleep(READY_STEP_MS).then(() => false);
  while (!(await Promise.race([answers(), soon()]))) {
    if (clock.monotonicMs() >= untilMs) return;
    await soon();
  }
}
