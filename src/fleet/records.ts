/** What a record is of (`session`), whose it is, and which of theirs. */
export type RecordName = { readonly kind: string; readonly owner: string; readonly part?: string };

/** What is there, with the milliseconds that it has left: by the store's clock, which all replicas read alike. */
export type LivingRecord = { readonly text: string; readonly leftMs: number };

/**
 * Short-lived text that all replicas see. It may be lost at any time: nothing is kept here that cannot be made again.
 * Times are whole milliseconds. All throw `coordination_unavailable`.
 */
export type Records = {
  /** With `extendMs` its life starts anew, for so long. */
  get(name: RecordName, options?: { readonly extendMs?: number }): Promise<string | undefined>;
  /** Counted from when the store answered: whoever asked a while ago has that much less. */
  read(name: RecordName): Promise<LivingRecord | undefined>;
  set(name: RecordName, text: string, ttlMs: number): Promise<void>;
  /** Changes it if it is there, and keeps its time to live. False when it is gone. */
  replace(name: RecordName, text: string): Promise<boolean>;
  /** True for the one who sets it first, false as long as it is there. */
  setOnce(name: RecordName, text: string, ttlMs: number): Promise<boolean>;
  /** Puts `next` (or nothing) where `before` (or nothing) is. False when it is not: somebody else was faster. */
  swap(
    name: RecordName,
    before: string | undefined,
    next: { readonly text: string; readonly ttlMs: number } | undefined,
  ): Promise<boolean>;
  remove(name: RecordName): Promise<void>;
};
