import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, Member } from '../../support/processes/cluster.ts';

/** Looks on while intents are settled, to explain afterwards why one took long. It changes nothing. */
export type SettlingWatch = {
  /** What was seen of an intent since its sending: each new time at which somebody should look, and how many replicas served. */
  storyOf(intent: string): string;
  /** Milliseconds during which no replica served, in all and at a stretch. */
  readonly outage: { readonly totalMs: number; readonly longestMs: number };
  end(): Promise<void>;
};

const EVERY_MS = 500;
const OLD_MS = 20_000;

export function watchSettling(cluster: Cluster, members: readonly Member[]): SettlingWatch {
  const ending = new AbortController();
  const stories = new Map<string, { lookAt: number | null; readonly lines: string[] }>();
  const outage = { totalMs: 0, longestMs: 0 };
  let darkSince: number | undefined;
  let seenAt = Date.now();

  const serving = (): number => cluster.replicas.filter((replica) => replica.isReady()).length;

  function noteOutage(): void {
    const now = Date.now();
    if (serving() > 0) darkSince = undefined;
    else {
      darkSince ??= now;
      outage.totalMs += now - seenAt;
      outage.longestMs = Math.max(outage.longestMs, now - darkSince);
    }
    seenAt = now;
  }

  async function noteOf({ id: tenantId }: Member): Promise<void> {
    const rows = await cluster.tenancy.storage.ledger.of(tenantId).list({ limit: 1000, open: true });
    const now = Date.now();
    for (const { id, sentAt, lookAt, state } of rows) {
      if (sentAt === null || now - sentAt < OLD_MS) continue;
      const story = stories.get(id) ?? { lookAt: null, lines: [] };
      stories.set(id, story);
      if (story.lookAt === lookAt) continue;
      story.lookAt = lookAt;
      const next = lookAt === null ? 'never' : `${((lookAt - sentAt) / 1000).toFixed(1)} s`;
      story.lines.push(`${((now - sentAt) / 1000).toFixed(1)} s: ${state}, next look ${next}, ${serving()} serving`);
    }
  }

  const going = (async () => {
    while (!ending.signal.aborted) {
      noteOutage();
      await Promise.all(members.map(noteOf)).catch(() => {});
      await sleep(EVERY_MS, undefined, { signal: ending.signal }).catch(() => {});
    }
  })();
  return {
    storyOf: (intent) => stories.get(intent)?.lines.join('; ') ?? 'not seen',
    outage,
    async end() {
      ending.abort();
      await going;
    },
  };
}
