import type { LoggingLevel } from '@modelcontextprotocol/server';
import type { Introduction } from '../mcp/introduction.ts';
import type { MessageBus } from '../mcp/message-bus.ts';
import type { Session, SessionNotes, SessionStore } from '../mcp/session-store.ts';
import type { WatchedList } from '../mcp/visit.ts';
import { withUri, withoutUri } from '../mcp/watched-uris.ts';

/** Where what a client says in its session is written down, and who is told of it. */
export type NoteParts = { readonly sessions: SessionStore; readonly bus: MessageBus };

/** Whoever holds the session's stream looks again; it would by itself within a few seconds, where it cannot be told. */
async function note(
  { sessions, bus }: NoteParts,
  session: Session,
  edit: (notes: SessionNotes) => SessionNotes,
): Promise<void> {
  await sessions.note(session, edit);
  await bus.tellStream(session.key, { kind: 'noted' }).catch(() => false);
}

export const noteLevel = (parts: NoteParts, session: Session, noticeLevel: LoggingLevel): Promise<void> =>
  note(parts, session, (notes) => ({ ...notes, noticeLevel }));

export const noteIntroduction = (parts: NoteParts, session: Session, introduction: Introduction): Promise<void> =>
  note(parts, session, (notes) => ({ ...notes, introduction }));

export function watchedList(parts: NoteParts, session: Session): WatchedList {
  const change = (edit: (watched: readonly string[]) => readonly string[]): Promise<void> =>
    note(parts, session, (notes) => ({ ...notes, watched: edit(notes.watched ?? []) }));
  return {
    add: (uri) => change((watched) => withUri(watched, uri)),
    remove: (uri) => change((watched) => withoutUri(watched, uri)),
  };
}
