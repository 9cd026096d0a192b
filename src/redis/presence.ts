import type { Clock, Timer } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';

const ANSWER_MS = 180;
/** After a busy spell of this process its timers run before what has already arrived is read: one more turn. */
const LAST_LOOK_MS = 20;
const PROBE_EVERY_MS = 100;
/** A connection on which nothing has come back for so long is given up, and another one made. */
const GIVE_UP_MS = 2000;

export type PresenceParts = {
  readonly clock: Clock;
  readonly ping: () => Promise<unknown>;
  /** Drops the connection, so that another one is made. */
  readonly reconnect: () => void;
  /** Told of each change. */
  readonly onChange: (isAway: boolean) => void;
};

/** Knows whether the server answers, so that nobody waits for one that does not. */
export type Presence = {
  readonly isAway: boolean;
  /** Runs one command. Throws `coordination_unavailable` within a fifth of a second, and at once while the server is away. */
  ask<Value>(command: () => Promise<Value>): Promise<Value>;
  close(): void;
};

class Unanswered extends Error {}

export function coordinationUnavailable(cause?: unknown): GatewayError {
  return new GatewayError('coordination_unavailable', 'The gateway cannot reach what its replicas share.', { cause });
}

/** Away from the first command that is not answered in time, or not sent; back with the first answered probe. */
export function createPresence({ clock, ping, reconnect, onChange }: PresenceParts): Presence {
  let probing: Timer | undefined;
  let triedSinceMs = 0;
  let isProbeOut = false;
  let isClosed = false;

  async function answered<Value>(command: () => Promise<Value>): Promise<Value> {
    const timeout = new AbortController();
    const late = clock
      .sleep(ANSWER_MS, timeout.signal)
      .then(() => clock.sleep(LAST_LOOK_MS, timeout.signal))
      .then(() => Promise.reject(new Unanswered('No answer in time')));
    late.catch(() => {});
    try {
      return await Promise.race([command(), late]);
    } finally {
      timeout.abort();
    }
  }

  function leave(): void {
    if (probing !== undefined || isClosed) return;
    triedSinceMs = clock.monotonicMs();
    probing = clock.every(PROBE_EVERY_MS, () => void probe());
    onChange(true);
  }

  async function probe(): Promise<void> {
    if (clock.monotonicMs() - triedSinceMs > GIVE_UP_MS) {
      triedSinceMs = clock.monotonicMs();
      reconnect();
    }
    if (isProbeOut) return;
    isProbeOut = true;
    await ping().then(comeBack, () => {});
    isProbeOut = false;
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
    async ask(command) {
      if (probing !== undefined) throw coordinationUnavailable();
      try {
        return await answered(command);
      } catch (error) {
        if (!isOutage(error)) throw error;
        leave();
        throw coordinationUnavailable(error);
      }
    },
    close() {
      isClosed = true;
      probing?.cancel();
    },
  };
}

/** What a server says while it fails over, loads or refuses writes is no answer either; every other refusal is our defect. */
const NOT_SERVING = /^(?:READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF|OOM)\b/u;

const DEFECTS = new Set(['GatewayError', 'TypeError', 'RangeError', 'SyntaxError']);

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'ReplyError' ? NOT_SERVING.test(error.message) : !DEFECTS.has(error.name);
}
