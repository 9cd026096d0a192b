/** The newest things of a kind; the oldest are forgotten beyond `limit`. Plain JSON when read. */
export type RecentReadings<Item> = { readonly items: readonly Item[]; readonly forgotten: number };

export type Recent<Item> = {
  add(item: Item): void;
  /** Oldest first. */
  read(): RecentReadings<Item>;
  clear(): void;
};

export function createRecent<Item>(limit: number): Recent<Item> {
  let items: Item[] = [];
  let forgotten = 0;

  function trim(): void {
    const surplus = Math.max(0, items.length - limit);
    if (surplus === 0) return;
    items = items.slice(surplus);
    forgotten += surplus;
  }

  return {
    add(item) {
      items.push(item);
      // Trimmed now and then, so that adding stays cheap.
      if (items.length >= limit * 2) trim();
    },
    read() {
      trim();
      return { items: [...items], forgotten };
    },
    clear() {
      items = [];
      forgotten = 0;
    },
  };
}
