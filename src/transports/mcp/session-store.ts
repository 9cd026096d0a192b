import type { LoggingLevel } from '@modelcontextprotocol/server';
import { sha256 } from '../../core/canonical-json.ts';
import type { Clock } from '../../core/clock.ts';
import { hasCode } from '../../core/errors.ts';
import type { IdSource } from '../../core/ids.ts';
import type { ShelfName, Shelves } from '../../fleet/shelves.ts';
import { waitOut } from '../../fleet/wait-out.ts';
import type { Introduction } from './introduction.ts';
import type { HandleSeal, SessionHandle, SessionOwner } from './session-handle.ts';
import { createLastKnown } from './last-known.ts';
import { subjectOf } from './visit.ts';

/** What a client has said within its session, other than at its beginning. */
export type SessionNotes = {
  /** Where the client introduced itself inside the session. */
  readonly introduction?: Introduction;
  readonly noticeLevel?: LoggingLevel;
  /** The resources it wants to hear of. */
  readonly watched?: readonly string[];
  /** Of these notes since they were begun. Another one than was seen before: they were lost in between, and begun anew. */
  readonly line?: string;
};

/**
 * A session of a client that still has them. It is no place, and all that it needs is in its id: any replica serves it.
 * It proves nothing about who asks: every request brings its token, and the session is its subject's alone.
 */
export type Session = SessionOwner & {
  /** As the client sends it: sealed, and the subject's alone. */
  readonly id: string;
  /** Its name between replicas. */
  readonly key: string;
  readonly introduction?: Introduction;
  /** Absent where nothing was said, or what was said is lost. */
  readonly notes?: SessionNotes;
};

export type SessionStore = {
  /** A new session, which every replica serves from now on, whatever becomes of what they share. */
  create(owner: SessionOwner, introduction?: Introduction): Session;
  /** `undefined` for one that has ended, that never was, or that is somebody else's. */
  find(id: string, owner: SessionOwner): Promise<Session | undefined>;
  /** Throws `coordination_unavailable`. Does nothing to a session that has ended. `edit` may be called more than once. */
  note(session: Session, edit: (notes: SessionNotes) => SessionNotes): Promise<void>;
  /** Keeps what was said in it from being forgotten, for as long again. */
  touch(session: Session): Promise<void>;
  /** Ends it for every replica. Throws `coordination_unavailable`. */
  remove(session: Session): Promise<void>;
};

export type SessionStoreParts = {
  readonly shelves: Shelves;
  readonly seal: HandleSeal;
  readonly clock: Clock;
  readonly ids: IdSource;
};

/** How long a session lives after its beginning or its last use, whichever is later. */
const LIFE_MS = 30 * 86_400_000;
/** A session so old is written down with its uses, since its id alone will not do for ever. */
const AGEING_MS = LIFE_MS / 2;
const USE_NOTED_EVERY_MS = 86_400_000;
/** Of one subject: those that said something, and those that ended, longest unused first out. */
const PER_SUBJECT = 64;
const ROOM = { most: PER_SUBJECT, ttlMs: LIFE_MS };
const TRIES = 20;
const TRY_FOR_MS = 1000;

/** What stands on the shelf. Without notes, the session is over. */
type Entry = { readonly usedAt: number; readonly notes?: SessionNotes };
/** `unknown` while the shelf cannot be reached, and this replica has never seen what is on it. */
type Seen = Entry | undefined | 'unknown';

export function createSessionStore({ shelves, seal, clock, ids }: SessionStoreParts): SessionStore {
  const lastKnown = createLastKnown();
  const used = (notes: SessionNotes): Entry => ({ usedAt: clock.now(), notes });
  const inLine = (notes: SessionNotes): SessionNotes => ({ ...notes, line: notes.line ?? ids.uuid() });

  async function look(owner: SessionOwner, key: string): Promise<Seen> {
    try {
      const text = await shelves.get(shelfOf(owner), key);
      lastKnown.set(key, text);
      return parse(text);
    } catch (error) {
      if (!hasCode(error, 'coordination_unavailable')) throw error;
      return parse(lastKnown.get(key)) ?? 'unknown';
    }
  }

  /** Rewrites the entry until nobody else did in between. */
  async function rewrite(session: Session, next: (entry: Entry | undefined) => Entry | undefined): Promise<void> {
    for (let tried = 0; tried < TRIES; tried += 1) {
      const was = await shelves.get(shelfOf(session), session.key);
      const entry = next(parse(was));
      if (entry === undefined) return;
      const text = JSON.stringify(entry);
      if (!(await shelves.put(shelfOf(session), session.key, text, { ...ROOM, ifWas: was }))) continue;
      lastKnown.set(session.key, text);
      return;
    }
    throw new Error('A session was changed by somebody else at every try');
  }

  const patiently = (session: Session, next: (entry: Entry | undefined) => Entry | undefined): Promise<void> =>
    waitOut(clock, TRY_FOR_MS, () => rewrite(session, next));
  const rewriteLiving = (session: Session, edit: (notes: SessionNotes) => SessionNotes): Promise<void> =>
    patiently(session, (entry) => (isEnded(entry) ? undefined : used(inLine(edit(entry?.notes ?? {})))));

  function isOver({ bornAt }: SessionHandle, seen: Seen): boolean {
    if (seen === 'unknown') return false;
    return isEnded(seen) || Math.max(bornAt, seen?.usedAt ?? 0) + LIFE_MS < clock.now();
  }

  /** Writes the uses of an old session down. That may fail: the next use is written too. */
  function noteUse(session: Session, { bornAt }: SessionHandle, seen: Seen): void {
    const lastMs = seen === 'unknown' ? clock.now() : (seen?.usedAt ?? 0);
    if (clock.now() < Math.max(bornAt + AGEING_MS, lastMs + USE_NOTED_EVERY_MS)) return;
    rewriteLiving(session, (notes) => notes).catch(() => {});
  }

  return {
    create(owner, introduction) {
      const handle = { bornAt: clock.now(), ...(introduction === undefined ? {} : { introduction }) };
      return sessionOf(seal.seal(handle, owner), { owner, handle });
    },
    async find(id, owner) {
      const handle = seal.open(id, owner);
      if (handle === undefined) return undefined;
      const seen = await look(owner, sha256(id));
      if (isOver(handle, seen)) return undefined;
      const notes = seen === 'unknown' ? undefined : seen?.notes;
      const session = sessionOf(id, { owner, handle, notes });
      noteUse(session, handle, seen);
      return session;
    },
    note: rewriteLiving,
    touch: (session) => rewriteLiving(session, (notes) => notes),
    remove: (session) => patiently(session, () => ({ usedAt: clock.now() })),
  };
}

const isEnded = (entry: Entry | undefined): boolean => entry !== undefined && entry.notes === undefined;

/** What cannot be read is as good as lost: the session itself is in its id. */
function parse(text: string | undefined): Entry | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Entry);
  } catch {
    return undefined;
  }
}

const shelfOf = (owner: SessionOwner): ShelfName => ({ kind: 'session', owner: sha256(subjectOf(owner)) });

type SessionFacts = {
  readonly owner: SessionOwner;
  readonly handle: SessionHandle;
  readonly notes?: SessionNotes | undefined;
};

function sessionOf(id: string, { owner: { issuer, subject, leg }, handle, notes }: SessionFacts): Session {
  const introduction = handle.introduction ?? notes?.introduction;
  return {
    issuer,
    subject,
    leg,
    id,
    key: sha256(id),
    ...(introduction === undefined ? {} : { introduction }),
    ...(notes === undefined ? {} : { notes }),
  };
}
