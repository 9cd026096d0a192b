import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Log } from '../../core/log.ts';
import type { ChannelName } from '../../fleet/channels.ts';
import type { Fleet } from '../../fleet/fleet.ts';

/** What replicas tell one another about tokens: that something changed, and digests. Never a token. */
export type TokenSignal = z.output<typeof tokenSignal>;

const tokenSignal = z.discriminatedUnion('about', [
  z.object({ about: z.literal('news'), owner: z.string() }),
  z.object({ about: z.literal('given-up'), owner: z.string(), digest: z.string() }),
  z.object({ about: z.literal('breaker'), environment: z.string(), isOpen: z.boolean() }),
]);

export type TokenSignals = {
  /** To all replicas, this one too. Best effort: whoever misses it looks again after a while. */
  tell(signal: TokenSignal): Promise<void>;
  /** Resolves with the next news of this owner, or when it is time to look without. */
  next(owner: string): { readonly heard: Promise<void>; cancel(): void };
  /** Returns how to stop listening. */
  listen(listener: (signal: TokenSignal) => void): () => void;
  close(): void;
};

export type SignalParts = {
  readonly fleet: Pick<Fleet, 'channels' | 'onPresence'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
};

/** One channel for all tenants: a renewal is rare, and a subscription for each tenant would cost more than it saves. */
const CHANNEL: ChannelName = { kind: 'tokens', owner: 'gateway' };
const LOOK_MS = 500;

export function createTokenSignals({ fleet, clock, ids, log }: SignalParts): TokenSignals {
  const listeners = new Set<(signal: TokenSignal) => void>();
  const waiters = new Map<string, Set<() => void>>();

  const wake = (owner: string): void => {
    for (const go of waiters.get(owner) ?? []) go();
  };

  function hear(text: string): void {
    const read = tokenSignal.safeParse(parsed(text));
    if (!read.success) return;
    if (read.data.about === 'news') wake(read.data.owner);
    for (const listener of listeners) listener(read.data);
  }

  const membership = joinChannel({ fleet, log }, { message: hear, gap: () => [...waiters.keys()].forEach(wake) });

  return {
    async tell(signal) {
      await fleet.channels.publish(CHANNEL, JSON.stringify(signal)).catch(() => {});
    },
    next(owner) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiting = waiters.get(owner) ?? new Set();
      const go = (): void => {
        timer.cancel();
        waiting.delete(go);
        if (waiting.size === 0 && waiters.get(owner) === waiting) waiters.delete(owner);
        resolve();
      };
      // Not all at the same moment: those who wait would all ask for the same right.
      const timer = clock.after(LOOK_MS * (0.75 + ids.fraction() / 2), go);
      waiters.set(owner, waiting.add(go));
      return { heard: promise, cancel: go };
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => membership.close(),
  };
}

type Hearing = { message(text: string): void; gap(): void };

/** Stays in the channel: one that could not be joined is tried again as soon as the others can be reached. */
function joinChannel({ fleet, log }: Pick<SignalParts, 'fleet' | 'log'>, hearing: Hearing) {
  let leave: (() => void) | undefined;
  let isJoining = false;
  let isClosed = false;

  async function join(): Promise<void> {
    if (leave !== undefined || isJoining || isClosed) return;
    isJoining = true;
    try {
      leave = await fleet.channels.subscribe(CHANNEL, hearing);
      if (isClosed) leave();
    } catch (error) {
      log.debug({ error }, 'News of tokens are not heard yet');
    } finally {
      isJoining = false;
    }
  }

  const stopWatching = fleet.onPresence((isAway) => {
    if (!isAway) void join();
  });
  void join();
  return {
    close(): void {
      isClosed = true;
      stopWatching();
      leave?.();
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
