import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

/** Looks until it holds; a look that throws has not seen it yet. Throws what the last one threw, or that it never came. */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await Promise.resolve()
      .then(holds)
      .catch((error: unknown) => error);
    if (seen === true) return;
    if (performance.now() > deadline) {
      throw seen instanceof Error ? seen : new Error(`It never came to hold, for ${withinMs} ms`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}
