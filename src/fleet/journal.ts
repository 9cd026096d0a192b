/** What a journal is of (`account-events`), and whose (a tenant's id). */
export type JournalName = { readonly kind: string; readonly owner: string };

/** An entry whose key was appended before is dropped. Without `text` only its key is kept: nobody is told. */
export type NewEntry = { readonly key: string; readonly text?: string };

/** `id` grows within a journal, whoever appended. */
export type JournalEntry = { readonly id: string; readonly key: string; readonly text: string };

export type Appended =
  | { readonly kind: 'appended'; readonly told: number; readonly known: number }
  /** Somebody with a newer epoch has appended, or claimed the journal by appending nothing. */
  | { readonly kind: 'refused'; readonly newest: number };

/** `isCut`: the entry asked from is no longer there, so that some after it may be missing. `last` is where to go on from. */
export type JournalPage = {
  readonly entries: readonly JournalEntry[];
  readonly isCut: boolean;
  readonly last: string;
};

export type JournalListener = {
  readonly entry: (entry: JournalEntry) => void;
  /** Some entries may have been missed; those that come are in order again. */
  readonly cut: () => void;
};

export type Following = {
  /** Resolves when everything appended from then on will be told, or could not be reached: then `cut` is told first. */
  readonly ready: Promise<void>;
  stop(): void;
};

/**
 * Ordered entries that every replica can read: bounded, kept some days, and gone with the store. `append`, `tail` and `after`
 * throw `coordination_unavailable`; an append that threw may have been made, and can be repeated, thanks to its keys.
 */
export type Journal = {
  /** All of them or none, in order. */
  append(name: JournalName, epoch: number, entries: readonly NewEntry[]): Promise<Appended>;
  /** The newest entries, at most `limit`, oldest first. */
  tail(name: JournalName, limit: number): Promise<readonly JournalEntry[]>;
  /** What comes after an entry, at most `limit`, oldest first. */
  after(name: JournalName, id: string, limit: number): Promise<JournalPage>;
  /** Tells every entry after the one named, or from now on; goes on from the last one it told, whatever happens. */
  follow(name: JournalName, afterId: string | undefined, listener: JournalListener): Following;
};

/** Comes before every entry. */
export const JOURNAL_START = '0-0';
/** About as many entries as are kept of a journal. */
export const JOURNAL_LENGTH = 10_000;
const DAY_MS = 86_400_000;
/** After the last append. */
export const JOURNAL_KEPT_MS = 3 * DAY_MS;
export const JOURNAL_KEYS = 100_000;
/** Longer than the journal without appends: what is appended again after such a time is still known. */
export const JOURNAL_KEYS_KEPT_MS = 4 * DAY_MS;
