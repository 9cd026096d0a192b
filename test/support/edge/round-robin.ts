import { Agent, fetch as undiciFetch } from 'undici';

type FetchLike = (url: string | URL, init?: RequestInit) => Promise<Response>;

export type RoundRobin = {
  /** Sends each request to the next of the replicas, on a connection of its own. */
  readonly fetch: FetchLike;
  /** How many requests each replica had. */
  readonly counts: readonly number[];
  /** Every answer that was neither a success nor "there is no stream": `404 {…}`. */
  readonly failures: readonly string[];
  close(): Promise<void>;
};

/** A reverse proxy without affinity, as a client sees it. */
export function roundRobin(urls: readonly string[]): RoundRobin {
  // Without pipelining a connection is closed after its answer.
  const dispatcher = new Agent({ pipelining: 0 });
  const counts = urls.map(() => 0);
  const failures: string[] = [];
  let turn = 0;
  return {
    counts,
    failures,
    async fetch(url, init) {
      const at = turn % urls.length;
      turn += 1;
      counts[at] = (counts[at] ?? 0) + 1;
      const { pathname, search } = new URL(url);
      const target = `${urls[at]}${pathname}${search}`;
      const response = (await undiciFetch(target, { ...init, dispatcher } as object)) as object as Response;
      if (response.status >= 400 && response.status !== 405) {
        failures.push(`${response.status} ${await response.clone().text()}`);
      }
      return response;
    },
    close: () => dispatcher.close(),
  };
}
