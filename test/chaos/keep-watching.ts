import { setTimeout as sleep } from 'node:timers/promises';
import { type EventReader, readEvents } from '../support/edge/event-reader.ts';
import { modernRequest } from '../support/edge/raw.ts';
import type { FleetReplica } from '../support/processes/fleet.ts';

export type Watching = {
  /** How often it was told that a resource has changed. */
  readonly updates: () => number;
  stop(): Promise<void>;
};

const AGAIN_MS = 250;

/** A client that watches resources at one replica, and comes back whenever its stream ends. */
export function keepWatching(replica: FleetReplica, token: string, uris: readonly string[]): Watching {
  const life = new AbortController();
  let updates = 0;
  let stream: EventReader | undefined;
  const { headers, body } = modernRequest('subscriptions/listen', { notifications: { resourceSubscriptions: uris } });
  const init = {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  };

  async function watchOnce(): Promise<void> {
    stream = await readEvents(`${replica.url()}/mcp`, init);
    for (let event = await stream.next(); event !== undefined && !life.signal.aborted; event = await stream.next()) {
      if (event.data.includes('notifications/resources/updated')) updates += 1;
    }
  }
  const watching = (async () => {
    while (!life.signal.aborted) {
      await watchOnce().catch(() => {});
      await sleep(AGAIN_MS);
    }
  })();
  return {
    updates: () => updates,
    async stop() {
      life.abort();
      stream?.hangUp();
      await watching;
    },
  };
}
