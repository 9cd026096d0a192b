import type { Clock, Timer } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { RedisClient } from './open-client.ts';

/** Hears one channel. After `gap` the listener may have missed messages, and hears everything again from then on. */
export type ChannelListener = { readonly message: (text: string) => void; readonly gap?: () => void };

/** Sharded publish and subscribe: at most once, in order per channel and sender. */
export type PubSub = {
  /** Resolves to how many connections heard it. Throws `coordination_unavailable`. */
  publish(channel: string, text: string): Promise<number>;
  /** Resolves when the listener hears everything published from now on. Throws `coordination_unavailable`. */
  subscribe(channel: string, listener: ChannelListener): Promise<() => void>;
  close(): void;
};

export type PubSubParts = {
  readonly subscriber: RedisClient;
  readonly ask: <Value>(command: (client: RedisClient) => Promise<Value>) => Promise<Value>;
  readonly clock: Clock;
  readonly log: Log;
};

/** A channel outlives its last listener for so long: the next one is there at once. */
const LINGER_MS = 2000;
const CHECK_EVERY_MS = 1000;
/** A link that has not answered for so long is given up, and another one made. */
const SILENCE_MS = 3000;

type Channel = { readonly listeners: Set<ChannelListener>; readonly ready: Promise<unknown> };

export function createPubSub({ subscriber, ask, clock, log }: PubSubParts): PubSub {
  const channels = new Map<string, Channel>();
  let wasDown = false;

  subscriber.on('smessage', (channel: string, text: string) => {
    for (const { message } of channels.get(channel)?.listeners ?? []) {
      try {
        message(text);
      } catch (error) {
        // What others send must not end this process, nor keep the next listener from hearing it.
        log.error({ error }, 'A message of another replica was not understood');
      }
    }
  });
  subscriber.on('close', () => {
    wasDown = true;
  });
  subscriber.on('ready', () => {
    if (wasDown) tellGap();
    wasDown = false;
  });

  const watch = watchLink(subscriber, clock);

  function tellGap(): void {
    log.info({ channels: channels.size }, 'The link that hears other replicas was down');
    for (const { listeners } of channels.values()) for (const { gap } of listeners) gap?.();
  }

  function join(name: string): Channel {
    const known = channels.get(name);
    if (known !== undefined) return known;
    const ready = ask(() => subscriber.ssubscribe(name));
    const channel = { listeners: new Set<ChannelListener>(), ready };
    channels.set(name, channel);
    ready.catch(() => {
      if (channels.get(name) === channel) channels.delete(name);
    });
    return channel;
  }

  function leaveLater(name: string, channel: Channel): void {
    clock.after(LINGER_MS, () => {
      if (channel.listeners.size > 0 || channels.get(name) !== channel) return;
      channels.delete(name);
      subscriber.sunsubscribe(name).catch(() => {});
    });
  }

  return {
    publish: async (channel, text) => Number(await ask((client) => client.spublish(channel, text))),
    async subscribe(name, listener) {
      const channel = join(name);
      channel.listeners.add(listener);
      const leave = (): void => {
        if (channel.listeners.delete(listener) && channel.listeners.size === 0) leaveLater(name, channel);
      };
      await channel.ready.catch((error: unknown) => {
        leave();
        throw error;
      });
      return leave;
    },
    close: () => watch.cancel(),
  };
}

/** A listening link has nothing to send: it is asked now and then, so that one whose other end is gone is not believed for ever. */
function watchLink(subscriber: RedisClient, clock: Clock): Timer {
  let answeredAtMs = clock.monotonicMs();
  const heard = (): void => {
    answeredAtMs = clock.monotonicMs();
  };
  return clock.every(CHECK_EVERY_MS, () => {
    if (clock.monotonicMs() - answeredAtMs > SILENCE_MS) {
      heard();
      subscriber.disconnect(true);
    }
    subscriber.ping().then(heard, () => {});
  });
}
