import type { Clock } from '../core/clock.ts';
import { JournalFollower } from './follow-journal.ts';
import {
  type Appended,
  JOURNAL_KEPT_MS,
  JOURNAL_KEYS,
  JOURNAL_KEYS_KEPT_MS,
  JOURNAL_LENGTH,
  JOURNAL_START,
  type Journal,
  type JournalEntry,
  type JournalName,
  type JournalPage,
  type NewEntry,
} from './journal.ts';

type Book = {
  readonly entries: JournalEntry[];
  /** When each key was first appended; oldest first. */
  readonly keys: Map<string, number>;
  epoch: number;
  count: number;
  changedAtMs: number;
};

const SWEEP_MS = 600_000;

/** Within this process. */
export function createMemoryJournal(clock: Clock): Journal & { close(): void } {
  const books = new Map<string, Book>();
  const followers = new Map<string, Set<() => void>>();
  const keyOf = ({ kind, owner }: JournalName): string => JSON.stringify([kind, owner]);
  const sweeper = clock.every(SWEEP_MS, () => {
    for (const [key, { changedAtMs }] of books)
      if (changedAtMs + JOURNAL_KEPT_MS <= clock.monotonicMs()) books.delete(key);
  });

  function bookOf(key: string): Book {
    const book = books.get(key) ?? { entries: [], keys: new Map(), epoch: 0, count: 0, changedAtMs: 0 };
    books.set(key, book);
    return book;
  }

  const entriesOf = (name: JournalName): readonly JournalEntry[] => books.get(keyOf(name))?.entries ?? [];
  const last = (name: JournalName): string => entriesOf(name).at(-1)?.id ?? JOURNAL_START;

  async function append(name: JournalName, epoch: number, entries: readonly NewEntry[]): Promise<Appended> {
    const book = bookOf(keyOf(name));
    if (epoch < book.epoch) return { kind: 'refused', newest: book.epoch };
    book.epoch = epoch;
    const fresh = entries.filter(({ key }) => isNew(book, key, clock.monotonicMs()));
    const told = fresh.flatMap(({ key, text }) => (text === undefined ? [] : [{ id: nextId(book), key, text }]));
    book.entries.push(...told);
    trim(book, clock.monotonicMs());
    if (told.length > 0) for (const nudge of followers.get(keyOf(name)) ?? []) nudge();
    return { kind: 'appended', told: told.length, known: entries.length - fresh.length };
  }

  async function after(name: JournalName, id: string, limit: number): Promise<JournalPage> {
    const entries = entriesOf(name);
    const at = entries.findLastIndex((entry) => entry.id === id);
    const isCut = id !== JOURNAL_START && at < 0;
    const later = at < 0 ? entries.filter((entry) => placeOf(entry.id) > placeOf(id)) : entries.slice(at + 1);
    const page = later.slice(0, limit);
    return { entries: page, isCut, last: page.at(-1)?.id ?? (isCut ? last(name) : id) };
  }

  async function subscribe(name: JournalName, nudge: () => void): Promise<() => void> {
    const key = keyOf(name);
    const nudges = followers.get(key) ?? new Set();
    followers.set(key, nudges.add(nudge));
    return () => {
      nudges.delete(nudge);
      if (nudges.size === 0 && followers.get(key) === nudges) followers.delete(key);
    };
  }

  return {
    append,
    tail: async (name, limit) => entriesOf(name).slice(-limit),
    after,
    follow: (name, afterId, listener) =>
      new JournalFollower(
        {
          last: async () => last(name),
          after: (id, limit) => after(name, id, limit),
          subscribe: (nudge) => subscribe(name, nudge),
        },
        { afterId, listener, clock },
      ),
    close: () => sweeper.cancel(),
  };
}

const placeOf = (id: string): number => Number(id.split('-', 1)[0]);

function isNew({ keys }: Book, key: string, nowMs: number): boolean {
  if (keys.has(key)) return false;
  keys.set(key, nowMs);
  return true;
}

function nextId(book: Book): string {
  book.count += 1;
  return `${book.count}-0`;
}

function trim(book: Book, nowMs: number): void {
  book.changedAtMs = nowMs;
  if (book.entries.length > JOURNAL_LENGTH * 1.1) book.entries.splice(0, book.entries.length - JOURNAL_LENGTH);
  for (const [key, atMs] of book.keys) {
    if (book.keys.size <= JOURNAL_KEYS && atMs + JOURNAL_KEYS_KEPT_MS > nowMs) return;
    book.keys.delete(key);
  }
}
