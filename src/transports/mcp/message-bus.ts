import type { JSONRPCMessage } from '@modelcontextprotocol/server';

/** What travels between the parts of one session: a message, or word that the session is over. */
export type BusMessage = { readonly kind: 'message'; readonly message: JSONRPCMessage } | { readonly kind: 'over' };

/** To those who serve calls of the session: the client's answers and cancellations. */
export const callsOf = (sessionId: string): string => `calls:${sessionId}`;
/** To whoever holds the session's stream: what the client is to be told on it. */
export const streamOf = (sessionId: string): string => `stream:${sessionId}`;

/**
 * Carries messages to wherever a session's calls and stream are. Messages are plain JSON, in order per channel;
 * one that nobody listens for is lost.
 */
export type MessageBus = {
  publish(channel: string, message: BusMessage): Promise<void>;
  /** Resolves when the listener hears everything published from now on. */
  subscribe(channel: string, listener: (message: BusMessage) => void): Promise<() => void>;
};

/** Between the parts of this process only: across replicas a shared one has to take its place. */
export function createMemoryMessageBus(): MessageBus {
  const channels = new Map<string, Set<(message: BusMessage) => void>>();
  return {
    async publish(channel, message) {
      for (const listener of channels.get(channel) ?? []) listener(message);
    },
    async subscribe(channel, listener) {
      const listeners = channels.get(channel) ?? new Set();
      channels.set(channel, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && channels.get(channel) === listeners) channels.delete(channel);
      };
    },
  };
}
