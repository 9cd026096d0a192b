import { setTimeout as sleep } from 'node:timers/promises';

export type SteadyLoad = {
  /** Lets every client finish what it does; throws what one of them threw. */
  end(): Promise<void>;
};

/**
 * Clients that each do one thing after another, together so many a second: a client waits for its answer, and is late rather
 * than doing two things at once.
 */
export function startSteadyLoad(
  clients: readonly ((turn: number) => Promise<unknown>)[],
  { perSecond }: { readonly perSecond: number },
): SteadyLoad {
  const everyMs = (clients.length * 1000) / perSecond;
  const ending = new AbortController();

  async function work(act: (turn: number) => Promise<unknown>, index: number): Promise<void> {
    await sleep((everyMs * index) / clients.length);
    for (let turn = 0; !ending.signal.aborted; turn += 1) {
      const startedAt = performance.now();
      await act(turn);
      await sleep(Math.max(0, everyMs - (performance.now() - startedAt)));
    }
  }

  const working = Promise.allSettled(clients.map(work));
  return {
    async end() {
      ending.abort();
      for (const each of await working) if (each.status === 'rejected') throw each.reason;
    },
  };
}
