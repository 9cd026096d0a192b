/** What a shelf holds (`session`), and whose it is. */
export type ShelfName = { readonly kind: string; readonly owner: string };

export type ShelfRoom = {
  /** The most texts on one shelf: beyond, the one that was put longest ago falls off. */
  readonly most: number;
  /** Whole milliseconds after which a shelf on which nothing was put is gone. */
  readonly ttlMs: number;
};

export type ShelfPut = ShelfRoom & {
  /** Puts only where this is still the text that is there; `undefined` for where none is. */
  readonly ifWas: string | undefined;
};

/**
 * A few short texts for each owner, which all replicas see. They may be lost at any time: nothing is kept here that cannot be
 * made again. All throw `coordination_unavailable`.
 */
export type Shelves = {
  get(shelf: ShelfName, part: string): Promise<string | undefined>;
  /** False when another text was there than the one that was expected. */
  put(shelf: ShelfName, part: string, text: string, put: ShelfPut): Promise<boolean>;
};
