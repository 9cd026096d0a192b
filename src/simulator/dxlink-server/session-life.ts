import type { Clock } from '../../core/clock.ts';
import type { WireSocket } from '../socket-server.ts';

/** Keepalive in both directions (contract §5.6). */
export type SessionLife = {
  say(message: object): void;
  heard(): void;
  /** Takes over how long the client says it may be silent, in seconds, up to a limit. */
  expectEvery(seconds: unknown, limitSeconds: number): void;
  /** Closes with `Bye` after too long a silence; breaks the server's own with a KEEPALIVE. */
  watch(isSetUp: boolean): void;
};

const SILENCE_MS = 60_000;
const KEEPALIVE_EVERY_MS = 30_000;

export function createSessionLife(clock: Clock, socket: WireSocket): SessionLife {
  let silenceMs = SILENCE_MS;
  let heardAt = clock.monotonicMs();
  let saidAt = clock.monotonicMs();

  const say = (message: object): void => {
    saidAt = clock.monotonicMs();
    socket.send(message);
  };

  return {
    say,
    heard() {
      heardAt = clock.monotonicMs();
    },
    expectEvery(seconds, limitSeconds) {
      if (typeof seconds === 'number' && seconds > 0) silenceMs = Math.min(seconds, limitSeconds) * 1000;
    },
    watch(isSetUp) {
      const now = clock.monotonicMs();
      if (now - heardAt > silenceMs) return socket.close(1000, 'Bye');
      return isSetUp && now - saidAt >= KEEPALIVE_EVERY_MS ? say({ type: 'KEEPALIVE', channel: 0 }) : undefined;
    },
  };
}
