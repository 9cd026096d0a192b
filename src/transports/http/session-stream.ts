import { streamOf } from '../mcp/message-bus.ts';
import { subjectOf } from '../mcp/visit.ts';
import type { Edge, Entry } from './edge.ts';
import { createEventStream } from './event-stream.ts';
import type { EventStream } from './event-stream.ts';

/** The session streams of this process, so that they can be ended before it ends. */
export type OpenStreams = Set<EventStream>;

export type SessionStreamParts = {
  readonly sessionId: string;
  readonly streams: OpenStreams;
  /** After which the stream ends by itself. */
  readonly lifeMs?: number;
  /** Once, whoever ended the stream. What it rejects with is logged. */
  readonly onEnd?: () => Promise<void>;
};

/**
 * Opens the stream on which a session's client hears what is published for it. It takes one of the caller's slots and
 * keeps the session alive. Throws `rate_limited` or `overloaded` when there is no slot.
 */
export async function openSessionStream(edge: Edge, entry: Entry, parts: SessionStreamParts): Promise<EventStream> {
  const { sessionId, streams, lifeMs, onEnd } = parts;
  const log = edge.logOf(entry.request);
  const inBackground = (work: Promise<unknown>): void =>
    void work.catch((error: unknown) => log.warn({ error }, 'The work behind a stream failed'));
  const release = edge.slots.take(subjectOf(entry.caller));
  const expiry = lifeMs === undefined ? undefined : edge.clock.after(lifeMs, () => stream.end());
  const stream = createEventStream({
    clock: edge.clock,
    bytes: edge.bytes,
    cut: () => void entry.reply.raw.destroy(),
    onBeat: () => inBackground(edge.sessions.find(sessionId)),
    onEnd: () => {
      release();
      expiry?.cancel();
      streams.delete(stream);
      inBackground(subscribed.then((unsubscribe) => unsubscribe()));
      if (onEnd !== undefined) inBackground(onEnd());
    },
  });
  streams.add(stream);
  const subscribed = edge.bus.subscribe(streamOf(sessionId), (heard) =>
    heard.kind === 'over' ? stream.end() : stream.send({ name: 'message', data: JSON.stringify(heard.message) }),
  );
  await subscribed.catch((error: unknown) => {
    stream.end();
    throw error;
  });
  return stream;
}
