import type { Clock } from '../../core/clock.ts';

export type KeepaliveOptions = {
  readonly clock: Clock;
  readonly sendEveryMs: number;
  readonly silenceMs: number;
  readonly send: () => void;
  /** Nothing was heard for `silenceMs`: the line is dead, whatever the socket believes. Told once. */
  readonly silent: () => void;
};

export type Keepalive = { heard(): void; stop(): void };

/** Says something to the server in good time, and notices when the server has stopped saying anything. */
export function startKeepalive(options: KeepaliveOptions): Keepalive {
  const { clock, silenceMs } = options;
  let heardAtMs = clock.monotonicMs();
  const sending = clock.every(options.sendEveryMs, options.send);
  let listening = clock.after(silenceMs, check);

  function check(): void {
    const leftMs = heardAtMs + silenceMs - clock.monotonicMs();
    if (leftMs > 0) listening = clock.after(leftMs, check);
    else options.silent();
  }

  return {
    heard() {
      heardAtMs = clock.monotonicMs();
    },
    stop() {
      sending.cancel();
      listening.cancel();
    },
  };
}
