import { describe, expect, it } from 'vitest';
import { createGroupCommit } from '../../../src/storage/stores/group-commit.ts';

/** A writer that ends each writing only when it is told. */
function slowWriter() {
  const batches: { group: string; items: readonly number[]; end: (error?: Error) => void }[] = [];
  const write = (group: string, items: readonly number[]): Promise<void> =>
    new Promise((resolve, reject) => {
      batches.push({ group, items, end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  const end = async (index: number, error?: Error): Promise<void> => {
    batches[index]?.end(error);
    await turn();
  };
  return { batches, commit: createGroupCommit(write), end, written: () => batches.map(({ items }) => items) };
}

/** Lets everything that is ready go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('group commit', () => {
  it('writes what waits together, in order, and tells each caller only when its own item is written', async () => {
    const { commit, end, written } = slowWriter();
    const told: number[] = [];
    for (const item of [1, 2, 3]) void commit('a', item).then(() => told.push(item));
    expect(written()).toEqual([[1]]);
    void commit('a', 4).then(() => told.push(4));
    await end(0);
    expect(written()).toEqual([[1], [2, 3, 4]]);
    expect(told).toEqual([1]);
    await end(1);
    expect(told).toEqual([1, 2, 3, 4]);
  });

  it('lets groups go their own ways', async () => {
    const { batches, commit, end } = slowWriter();
    void commit('a', 1);
    const other = commit('b', 2);
    expect(batches.map(({ group }) => group)).toEqual(['a', 'b']);
    await end(1);
    await other;
  });

  it('tells all of a failed writing, and goes on with the next', async () => {
    const { commit, end, written } = slowWriter();
    const results = [1, 2, 3].map((item) => commit('a', item).catch((error: Error) => error.message));
    await end(0);
    const later = commit('a', 4);
    await end(1, new Error('gone'));
    await end(2);
    expect(await Promise.all(results)).toEqual([undefined, 'gone', 'gone']);
    await later;
    expect(written()).toEqual([[1], [2, 3], [4]]);
  });

  it('loses nobody who comes in the very step in which a writing ends', async () => {
    const { batches, commit, end } = slowWriter();
    const told: number[] = [];
    let chained = commit('a', 0).then(() => void told.push(0));
    for (let item = 1; item <= 5; item += 1)
      chained = chained.then(() => commit('a', item)).then(() => void told.push(item));
    for (let index = 0; index <= 5; index += 1) {
      batches[index]?.end();
      for (let step = 0; step < 3; step += 1) await turn();
    }
    await end(5);
    expect(told).toEqual([0, 1, 2, 3, 4, 5]);
    await chained;
  });

  it('bounds a writing', async () => {
    const { commit, end, written } = slowWriter();
    for (let item = 0; item < 1200; item += 1) void commit('a', item);
    for (let index = 0; index < 4; index += 1) await end(index);
    expect(written().map((items) => items.length)).toEqual([1, 500, 500, 199]);
  });
});
