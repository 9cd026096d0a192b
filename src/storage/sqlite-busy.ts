import type { Clock } from '../core/clock.ts';

const SQLITE_BUSY = 5;
const PRIMARY_CODE = 0xff;
const PATIENCE_MS = 5000;
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 32;

/** Repeats `work` while another connection holds the lock it needs, for five seconds at most. A busy statement did nothing. */
export async function whenNotBusy<Value>(clock: Clock, work: () => Value | Promise<Value>): Promise<Value> {
  const givesUpAt = clock.monotonicMs() + PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || clock.monotonicMs() >= givesUpAt) throw error;
      await clock.sleep(pauseMs);
    }
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return false;
  return (error.errcode & PRIMARY_CODE) === SQLITE_BUSY;
}
