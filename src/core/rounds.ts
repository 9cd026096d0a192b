import { atMost } from './at-most.ts';
import type { Clock } from './clock.ts';

/** Work that comes round by itself, one round at a time. */
export type Rounds = {
  /** One round now, or the one under way. Never rejects. */
  round(): Promise<void>;
  /** No more rounds; waits a bounded time for the one under way, which sees its signal aborted. */
  close(): Promise<void>;
};

export type RoundsParts = {
  readonly clock: Clock;
  readonly everyMs: number;
  /** How long `close` waits. */
  readonly closeMs: number;
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly onFault: (thrown: unknown) => void;
};

export function createRounds({ clock, everyMs, closeMs, work, onFault }: RoundsParts): Rounds {
  const closing = new AbortController();
  let running: Promise<void> | undefined;
  const round = (): Promise<void> => {
    running ??= work(closing.signal)
      .catch(onFault)
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const timer = clock.every(everyMs, () => void round());
  return {
    round,
    async close() {
      timer.cancel();
      closing.abort();
      if (running !== undefined) await atMost(clock, closeMs, running);
    },
  };
}
