/** A memory of a pure function's results that forgets the oldest when it is full. */
export type BoundedMemo<Key, Value> = {
  /** The remembered value of `key`, else what `make` gives. */
  get(key: Key, make: () => Value): Value;
  clear(): void;
};

export function createBoundedMemo<Key extends string | number, Value>(limit: number): BoundedMemo<Key, Value> {
  const entries = new Map<Key, Value>();
  return {
    get(key, make) {
      const known = entries.get(key);
      if (known !== undefined) return known;
      const value = make();
      if (entries.size >= limit) {
        const oldest = entries.keys().next();
        if (oldest.done !== true) entries.delete(oldest.value);
      }
      entries.set(key, value);
      return value;
    },
    clear: () => entries.clear(),
  };
}
