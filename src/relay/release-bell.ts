import type { Channels } from '../fleet/channels.ts';

/** Tells those who wait for a tenant's duty that it has just been let go. Whoever misses it finds out by asking. */
export type ReleaseBell = {
  /** Idempotent; tried again at the next call when it did not work. */
  listen(): Promise<void>;
  stop(): void;
  ring(): Promise<void>;
};

const RELEASED = 'released';

export function createReleaseBell(channels: Channels, owner: string, onReleased: () => void): ReleaseBell {
  const name = { kind: 'duty', owner };
  let leave: (() => void) | undefined;
  let isWanted = false;
  let isJoining = false;

  const message = (text: string): void => {
    if (text === RELEASED && isWanted) onReleased();
  };
  return {
    async listen() {
      isWanted = true;
      if (leave !== undefined || isJoining) return;
      isJoining = true;
      leave = await channels.subscribe(name, { message, gap: onReleased }).catch(() => undefined);
      isJoining = false;
      if (isWanted) return;
      leave?.();
      leave = undefined;
    },
    stop() {
      isWanted = false;
      leave?.();
      leave = undefined;
    },
    async ring() {
      await channels.publish(name, RELEASED).catch(() => {});
    },
  };
}
