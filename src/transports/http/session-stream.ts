import { hasCode } from '../../core/errors.ts';
import type { BusMessage, StreamBirth } from '../mcp/bus-message.ts';
import type { Session, SessionNotes } from '../mcp/session-store.ts';
import { subjectOf } from '../mcp/visit.ts';
import type { ResourceWatch } from '../mcp/watch-resources.ts';
import { MAX_WATCHED } from '../mcp/watched-uris.ts';
import { openWatch, streamLifeMs } from './edge.ts';
import type { Edge, Entry } from './edge.ts';
import { createEventStream } from './event-stream.ts';
import type { EventStream } from './event-stream.ts';

/** The session streams of this process, so that they can be ended before it ends. */
export type OpenStreams = Set<EventStream>;

export type SessionStreamParts = {
  readonly session: Session;
  readonly streams: OpenStreams;
  /** After which the stream ends by itself. */
  readonly lifeMs?: number;
  /** Whether the streams that were opened for the session before end now, on whichever replica they are. */
  readonly takesOver: boolean;
  /** Once, whoever ended the stream. What it rejects with is logged. */
  readonly onEnd?: () => Promise<void>;
};

const TOUCH_EVERY_MS = 300_000;

/**
 * Opens the stream on which a session's client hears what is published for it, and of the resources that it watches. It takes one
 * of the caller's slots. Throws `rate_limited` or `overloaded` when there is none.
 */
export async function openSessionStream(edge: Edge, entry: Entry, parts: SessionStreamParts): Promise<EventStream> {
  const { session, streams, lifeMs, takesOver, onEnd } = parts;
  const inBackground = backgroundOf(edge, entry);
  const birth: StreamBirth = { at: edge.clock.now(), name: edge.ids.uuid() };
  const release = edge.slots.take(subjectOf(entry.caller));
  const expiry = lifeMs === undefined ? undefined : edge.clock.after(lifeMs, () => stream.end());
  const stream = createEventStream({
    clock: edge.clock,
    bytes: edge.bytes,
    cut: () => void entry.reply.raw.destroy(),
    onBeat: () => inBackground(notes.look()),
    onEnd: () => {
      release();
      expiry?.cancel();
      streams.delete(stream);
      watching.cancel();
      watch.close();
      inBackground(joined.then((leave) => leave()));
      if (onEnd !== undefined) inBackground(onEnd());
    },
  });
  const end = (): void => stream.end();
  const watch = openWatch(edge, entry, { onUpdate: (uri) => stream.send(updated(uri)), onRefused: end });
  // Whoever's token has expired hears of nothing more, also where the stream itself goes on.
  const watching = edge.clock.after(streamLifeMs(edge.clock, entry.caller), () => watch.close());
  const notes = followNotes(edge, { session, watch, end });
  streams.add(stream);
  const joined = edge.bus.joinStream(session.key, (heard) => {
    if (heard.kind === 'message') stream.send(eventOf(heard.message));
    if (heard.kind === 'noted') inBackground(notes.look());
    if (heard.kind === 'over' && endsFor(heard, birth)) end();
  });
  await joined;
  entry.signal.addEventListener('abort', end, { once: true });
  if (entry.signal.aborted) end();
  if (takesOver) inBackground(edge.bus.tellStream(session.key, { kind: 'over', for: birth }));
  inBackground(notes.look());
  return stream;
}

const eventOf = (message: object) => ({ name: 'message', data: JSON.stringify(message) });
const updated = (uri: string) =>
  eventOf({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } });

function backgroundOf({ logOf }: Edge, { request }: Entry): (work: Promise<unknown>) => void {
  const log = logOf(request);
  return (work) =>
    void work.catch((error: unknown) => {
      const isOutage = hasCode(error, 'coordination_unavailable');
      log[isOutage ? 'debug' : 'warn']({ error }, 'The work behind a stream failed');
    });
}

/** Of two streams the one that was opened later stays. */
function endsFor({ for: other }: Extract<BusMessage, { kind: 'over' }>, own: StreamBirth): boolean {
  if (other === undefined || other.at !== own.at) return other === undefined || other.at > own.at;
  return other.name > own.name;
}

type Following = { readonly session: Session; readonly watch: ResourceWatch; readonly end: () => void };

/** Keeps up with what the client says in its session; whoever holds the stream also remembers it, should it be lost elsewhere. */
function followNotes({ sessions, clock }: Edge, { session, watch, end }: Following): { look(): Promise<void> } {
  let known: SessionNotes | undefined;
  let touchedMs = clock.monotonicMs();
  let last = Promise.resolve();

  async function once(): Promise<void> {
    const found = await sessions.find(session.id, session);
    if (found === undefined) return end();
    if (known !== undefined && isLost(known, found.notes)) return restore(known);
    if (found.notes === undefined) return;
    known = found.notes;
    await watch.set(known.watched ?? []);
    await touch();
  }
  async function restore(lost: SessionNotes): Promise<void> {
    await sessions.note(session, (notes) => {
      known = together(lost, notes);
      return known;
    });
    await watch.set(known?.watched ?? []);
  }
  async function touch(): Promise<void> {
    if (clock.monotonicMs() - touchedMs < TOUCH_EVERY_MS) return;
    touchedMs = clock.monotonicMs();
    await sessions.touch(session);
  }
  return {
    look() {
      const own = last.then(once);
      last = own.catch(() => {});
      return own;
    },
  };
}

const isLost = ({ line }: SessionNotes, found: SessionNotes | undefined): boolean => found?.line !== line;

/** What was said before the loss, and since. */
const together = (lost: SessionNotes, since: SessionNotes): SessionNotes => ({
  ...lost,
  ...since,
  watched: [...new Set([...(lost.watched ?? []), ...(since.watched ?? [])])].slice(0, MAX_WATCHED),
});
