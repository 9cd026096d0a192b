type Waiting<Item> = { readonly item: Item; resolve(): void; reject(reason: unknown): void };

const MOST_AT_ONCE = 500;

/**
 * Writes items of one group together: those that come while a writing of their group runs wait for it and go in the next
 * one, all at once. Each caller hears when its own item is written, or why it is not. In order of arrival.
 */
export function createGroupCommit<Item>(
  write: (group: string, items: readonly Item[]) => Promise<void>,
): (group: string, item: Item) => Promise<void> {
  const groups = new Map<string, Waiting<Item>[]>();
  return (group, item) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = groups.get(group);
    if (waiting !== undefined) {
      waiting.push({ item, resolve, reject });
      return promise;
    }
    const fresh = [{ item, resolve, reject }];
    groups.set(group, fresh);
    void drain(
      fresh,
      (items) => write(group, items),
      () => groups.delete(group),
    );
    return promise;
  };
}

/** Calls `ended` in the same step in which it finds nobody waiting: whoever comes after starts a drain of their own. */
async function drain<Item>(
  waiting: Waiting<Item>[],
  write: (items: readonly Item[]) => Promise<void>,
  ended: () => void,
): Promise<void> {
  while (waiting.length > 0) {
    const batch = waiting.splice(0, MOST_AT_ONCE);
    try {
      await write(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
  ended();
}
