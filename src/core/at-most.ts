import type { Clock } from './clock.ts';

/** Waits for `work`, however it ends, but no longer than `ms`. The work goes on. Never rejects. */
export async function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.after(ms, resolve);
  const over = (): void => resolve();
  work.then(over, over);
  await promise;
  timer.cancel();
}
