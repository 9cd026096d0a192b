import { Cluster, Redis } from 'ioredis';
import type { RedisAddress, RedisLogin } from './redis-address.ts';

/** One connection of ioredis, or one bundle of them to a cluster. */
export type RedisClient = Redis | Cluster;

/** What a connection is for: commands fail at once while it is down; a subscriber waits, since it is told what comes. */
export type ClientRole =
  | { readonly kind: 'commands' }
  | { readonly kind: 'subscriber' }
  /** For `CLIENT TRACKING`, of one connection's life. RESP2: ioredis drops `invalidate` pushes of RESP3. */
  | { readonly kind: 'tracking' };

const CONNECT_TIMEOUT_MS = 1000;
const MAX_RECONNECT_DELAY_MS = 500;
const RECONNECT_STEP_MS = 50;

const COMMON = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: (attempt: number) => Math.min(attempt * RECONNECT_STEP_MS, MAX_RECONNECT_DELAY_MS),
} as const;

export function openClient(address: RedisAddress, role: ClientRole): RedisClient {
  const options = optionsOf(role);
  switch (address.kind) {
    case 'single':
      return new Redis(address.url, options);
    case 'sentinel':
      return new Redis({
        ...options,
        ...loginOf(address.login),
        sentinels: address.sentinels.map((node) => ({ ...node })),
        name: address.master,
        // Without it a frozen master is not left, and writes that it acknowledged are lost.
        failoverDetector: true,
        sentinelRetryStrategy: COMMON.retryStrategy,
        // One that is frozen would be waited for without end, though others could tell.
        sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
        connectTimeout: CONNECT_TIMEOUT_MS,
        ...(address.login.isTls ? { enableTLSForSentinelMode: true } : {}),
      });
    case 'cluster':
      return new Cluster(
        address.nodes.map((node) => ({ ...node })),
        {
          redisOptions: { ...options, ...loginOf(address.login) },
          clusterRetryStrategy: COMMON.retryStrategy,
          enableOfflineQueue: role.kind !== 'commands',
          shardedSubscribers: role.kind === 'subscriber',
        },
      );
  }
}

/** Asks every server that would have to serve. Of a cluster each connection is made when it is first used: this is such a use. */
export async function pingAll(client: RedisClient): Promise<void> {
  if (client instanceof Cluster && client.nodes('master').length === 0) throw new Error('No node is known yet');
  const servers = client instanceof Cluster ? client.nodes('master') : [client];
  await Promise.all(servers.map((server) => server.ping()));
}

function optionsOf({ kind }: ClientRole) {
  if (kind === 'commands') return { ...COMMON };
  // Whoever tracks says anew what, on each connection: asked again by itself, it would be asked for in the name of the last one.
  if (kind === 'tracking') return { ...COMMON, protocol: 2 as const, autoResubscribe: false };
  // A subscriber that comes back finds its subscriptions again by itself, and asks for them as soon as it can.
  return { ...COMMON, enableOfflineQueue: true, maxRetriesPerRequest: null };
}

function loginOf({ username, password, isTls }: RedisLogin) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isTls ? { tls: {} } : {}),
  };
}
