import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { hasCode } from '../../core/errors.ts';
import type { Session } from '../mcp/session-store.ts';
import type { Edge } from './edge.ts';

/** A stream that is not heard from for so long is not written to any more. */
const GIVE_UP_MS = 10_000;
const AGAIN_MS = 250;

/** Carries what one call has to say to the stream of its session, in order. */
export type StreamDelivery = {
  emit(message: JSONRPCMessage): void;
  /** Resolves when everything has been delivered, or given up. */
  done(): Promise<void>;
};

/** What cannot be carried is tried again for ten seconds: the link to the stream's replica may be mending. `failed` hears of the rest. */
export function streamDelivery(
  { bus, clock }: Pick<Edge, 'bus' | 'clock'>,
  { key }: Session,
  failed: (error: unknown) => void,
): StreamDelivery {
  let last = Promise.resolve();

  async function deliver(message: JSONRPCMessage): Promise<void> {
    const giveUpMs = clock.monotonicMs() + GIVE_UP_MS;
    while (!(await bus.tellStream(key, { kind: 'message', message }).catch(ifAway))) {
      if (clock.monotonicMs() > giveUpMs) throw new Error('Nobody holds the stream any more');
      await clock.sleep(AGAIN_MS);
    }
  }
  return {
    emit(message) {
      last = last.then(() => deliver(message)).catch(failed);
    },
    done: () => last,
  };
}

function ifAway(error: unknown): false {
  if (!hasCode(error, 'coordination_unavailable')) throw error;
  return false;
}
