import type { ChannelListener, ChannelName, Channels } from './channels.ts';

/** Within this process. */
export function createMemoryChannels(): Channels {
  const channels = new Map<string, Set<ChannelListener>>();
  const keyOf = ({ kind, owner }: ChannelName): string => JSON.stringify([kind, owner]);
  return {
    async publish(name, text) {
      const listeners = [...(channels.get(keyOf(name)) ?? [])];
      for (const listener of listeners) listener.message(text);
      return listeners.length;
    },
    async subscribe(name, listener) {
      const key = keyOf(name);
      const listeners = channels.get(key) ?? new Set();
      channels.set(key, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && channels.get(key) === listeners) channels.delete(key);
      };
    },
  };
}
