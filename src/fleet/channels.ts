/** Hears one channel. After `gap` it may have missed messages, and hears everything again from then on. */
export type ChannelListener = { readonly message: (text: string) => void; readonly gap?: () => void };

/** What belongs together (`feed`), and whose it is (a tenant's id, a session's). */
export type ChannelName = { readonly kind: string; readonly owner: string };

/** Messages between replicas, to whoever listens at the time: at most once, and in order from one sender. */
export type Channels = {
  /** Resolves to how many heard it; those of one process may count as one. Throws `coordination_unavailable`. */
  publish(name: ChannelName, text: string): Promise<number>;
  /** Resolves when the listener hears everything published from now on. Throws `coordination_unavailable`. */
  subscribe(name: ChannelName, listener: ChannelListener): Promise<() => void>;
};
