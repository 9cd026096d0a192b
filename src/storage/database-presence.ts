import type { Clock, Timer } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';

/** Knows whether the database answers, so that nobody waits for one that does not. */
export type DatabasePresence = {
  readonly isAway: boolean;
  /** Throws `storage_unavailable` at once while it is away. Work that takes long has somebody look whether it still is there. */
  during<Value>(work: () => Promise<Value>): Promise<Value>;
  close(): void;
};

export type DatabasePresenceParts = {
  readonly clock: Clock;
  /** Asks on a connection that nobody else uses. Rejects when there is no answer to be had. */
  readonly ask: () => Promise<void>;
  /** Gives up what was asked. */
  readonly drop: () => void;
  /** Told of each change; away: whatever waits for an answer is to be ended. */
  readonly onChange: (isAway: boolean) => void;
};

/** Work that takes longer than this is long: a lock, a busy server, or one that does not answer. */
const LONG_MS = 500;
/** A question that costs the server nothing is answered within this, or it is away. */
const ANSWER_MS = 2000;
/** After a busy spell of this process its timers run before what has already arrived is read: one more turn. */
const LAST_LOOK_MS = 20;
const PROBE_EVERY_MS = 250;

export function storageUnavailable(cause?: unknown): GatewayError {
  return new GatewayError('storage_unavailable', 'The gateway cannot reach its database.', { cause });
}

async function answersInTime({ clock, ask, drop }: DatabasePresenceParts): Promise<boolean> {
  const timeout = new AbortController();
  const late = clock
    .sleep(ANSWER_MS, timeout.signal)
    .then(() => clock.sleep(LAST_LOOK_MS, timeout.signal))
    .then(
      () => false,
      () => false,
    );
  const answer = ask().then(
    () => true,
    () => false,
  );
  const isThere = await Promise.race([answer, late]);
  timeout.abort();
  if (!isThere) drop();
  return isThere;
}

/** Away from the first look that was not answered in time; back with the first that is. */
export function createDatabasePresence(parts: DatabasePresenceParts): DatabasePresence {
  const { clock, drop, onChange } = parts;
  let probing: Timer | undefined;
  let isLooking = false;
  let isClosed = false;

  async function look(): Promise<void> {
    if (isLooking || isClosed) return;
    isLooking = true;
    const isThere = await answersInTime(parts);
    isLooking = false;
    if (isThere) comeBack();
    else leave();
  }

  function leave(): void {
    if (probing !== undefined || isClosed) return;
    probing = clock.every(PROBE_EVERY_MS, () => void look());
    onChange(true);
  }

  function comeBack(): void {
    if (probing === undefined) return;
    probing.cancel();
    probing = undefined;
    onChange(false);
  }

  return {
    get isAway() {
      return probing !== undefined;
    },
    async during(work) {
      if (probing !== undefined) throw storageUnavailable();
      const watching = clock.every(LONG_MS, () => void look());
      try {
        return await work();
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'storage_unavailable') void look();
        throw error;
      } finally {
        watching.cancel();
      }
    },
    close() {
      isClosed = true;
      probing?.cancel();
      drop();
    },
  };
}
