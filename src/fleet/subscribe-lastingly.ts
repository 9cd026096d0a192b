import type { Clock } from '../core/clock.ts';
import type { ChannelListener, ChannelName, Channels } from './channels.ts';

const RETRY_MS = 500;

/** A subscription that is tried until it stands. */
export type LastingSubscription = {
  /** Resolves after the first try, whatever came of it. */
  readonly tried: Promise<void>;
  /** Idempotent. */
  stop(): void;
};

/** For whoever goes on without the other replicas while they cannot be reached. A late start is told as a gap. */
export function subscribeLastingly(
  { channels, clock }: { readonly channels: Channels; readonly clock: Clock },
  name: ChannelName,
  listener: ChannelListener,
): LastingSubscription {
  const end = new AbortController();
  let leave = (): void => {};
  const once = async (): Promise<boolean> => {
    const left = await channels.subscribe(name, listener).catch(() => undefined);
    if (left === undefined) return false;
    if (end.signal.aborted) left();
    else leave = left;
    return true;
  };
  const again = async (): Promise<void> => {
    while (!end.signal.aborted) {
      await clock.sleep(RETRY_MS, end.signal).catch(() => {});
      if (end.signal.aborted || !(await once())) continue;
      listener.gap?.();
      return;
    }
  };
  const tried = once().then((stands) => {
    if (!stands) void again();
  });
  return {
    tried,
    stop() {
      end.abort();
      leave();
    },
  };
}
