import { isJSONRPCNotification, isJSONRPCRequest } from '@modelcontextprotocol/server';
import type { JSONRPCMessage, JSONRPCRequest, Server, Transport } from '@modelcontextprotocol/server';
import { namingOnly, resourcesNamedIn } from './mcp/listen-filter.ts';
import type { WatchedList } from './mcp/visit.ts';
import type { ResourceWatch } from './mcp/watch-resources.ts';
import { withUri, withoutUri } from './mcp/watched-uris.ts';

export type StdioWatchParts = {
  /** Whether this person has such a resource. */
  readonly isThere: (uri: string) => Promise<boolean>;
  readonly openWatch: (onUpdate: (uri: string) => void) => ResourceWatch;
};

/** What one client on stdio watches, in either era: it has one connection, and is told on that. */
export type StdioWatch = {
  /** For a 2025-era client. */
  readonly watched: WatchedList;
  /** Over this server the client is told from now on. */
  tellThrough(server: Server): void;
  /** The same transport, on which what a 2026-era client subscribes to is overheard: the SDK tells nobody. */
  over(transport: Transport): Transport;
  close(): void;
};

export function createStdioWatch({ isThere, openWatch }: StdioWatchParts): StdioWatch {
  /** By the id of the request that subscribed; those of a 2025-era client have none. */
  const subscriptions = new Map<string | number | undefined, readonly string[]>();
  let teller: Server | undefined;
  const watch = openWatch((uri) => void teller?.sendResourceUpdated({ uri }).catch(() => {}));
  const own = (): readonly string[] => subscriptions.get(undefined) ?? [];
  const change = async (id: string | number | undefined, uris: readonly string[] | undefined): Promise<void> => {
    if (uris === undefined) subscriptions.delete(id);
    else subscriptions.set(id, uris);
    await watch.set([...new Set([...subscriptions.values()].flat())]);
  };

  async function admit(message: JSONRPCRequest): Promise<JSONRPCRequest> {
    const uris = resourcesNamedIn(message);
    const there = await Promise.all(uris.map(isThere));
    const allowed = uris.filter((_, at) => there[at] === true);
    await change(message.id, allowed);
    return namingOnly(message, allowed);
  }
  return {
    watched: {
      add: async (uri) => change(undefined, withUri(own(), uri)),
      remove: async (uri) => change(undefined, withoutUri(own(), uri)),
    },
    tellThrough(server) {
      teller = server;
    },
    over: (inner) => overhear(inner, { admit, cancelled: (id) => void change(id, undefined) }),
    close: () => watch.close(),
  };
}

type Overhearing = {
  readonly admit: (message: JSONRPCRequest) => Promise<JSONRPCRequest>;
  readonly cancelled: (id: string | number) => void;
};

function overhear(inner: Transport, { admit, cancelled }: Overhearing): Transport {
  /** Subscriptions that are being looked at: a cancellation is not to overtake the one that it is about. */
  let looking = Promise.resolve();
  const outer: Transport = {
    async start() {
      inner.onmessage = (message) => take(message);
      inner.onerror = (error) => outer.onerror?.(error);
      inner.onclose = () => outer.onclose?.();
      await inner.start();
    },
    send: (message, options) => inner.send(message, options),
    close: () => inner.close(),
  };
  const pass = (message: JSONRPCMessage): void => outer.onmessage?.(message);
  function take(message: JSONRPCMessage): void {
    if (isJSONRPCRequest(message) && message.method === 'subscriptions/listen') {
      const admitted = admit(message);
      looking = looking.then(async () => pass(await admitted)).catch(() => pass(message));
      return;
    }
    const id = cancelledBy(message);
    if (id === undefined) return pass(message);
    looking = looking.then(() => {
      cancelled(id);
      pass(message);
    });
  }
  return outer;
}

function cancelledBy(message: JSONRPCMessage): string | number | undefined {
  if (!isJSONRPCNotification(message) || message.method !== 'notifications/cancelled') return undefined;
  const id = message.params?.['requestId'];
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}
