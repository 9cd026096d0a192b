import type { Timer } from '../../src/core/clock.ts';

/** One life of a process. While it is frozen nothing of it runs; once it is over nothing ever does. */
export type Running = { readonly isOver: boolean; readonly frozenUntil: number };

type Happening = {
  at: number;
  order: number;
  readonly run: () => void;
  readonly life: Running | undefined;
  isCancelled: boolean;
};

/** Time that moves from one event to the next. What an event resolves runs to its end before the next event. */
export type VirtualTime = {
  /** Milliseconds since the world began. */
  now(): number;
  /** Runs `run` at `at`; what belongs to a life runs when that is not frozen, and never after its end. */
  at(at: number, run: () => void, life?: Running): Timer;
  /** Resolves after `ms`. */
  sleep(ms: number, life?: Running): Promise<void>;
  /** Runs until `stop` is called, or nothing is left to happen. */
  drive(): Promise<void>;
  stop(): void;
};

export function createVirtualTime(): VirtualTime {
  const heap = createHeap();
  let present = 0;
  let orders = 0;
  let isStopped = false;

  const at = (when: number, run: () => void, life?: Running): Timer => {
    const happening = { at: Math.max(when, present), order: (orders += 1), run, life, isCancelled: false };
    heap.push(happening);
    return {
      cancel: () => {
        happening.isCancelled = true;
      },
    };
  };

  const take = (): Happening | undefined => {
    for (let next = heap.pop(); next !== undefined; next = heap.pop()) {
      if (next.isCancelled || next.life?.isOver === true) continue;
      const frozenUntil = next.life?.frozenUntil ?? 0;
      if (frozenUntil <= next.at) return next;
      next.at = frozenUntil;
      next.order = orders += 1;
      heap.push(next);
    }
    return undefined;
  };

  const drive = (): Promise<void> =>
    new Promise((resolve, reject) => {
      // One event for each turn of the event loop: promises settle in between.
      const turn = (): void => {
        const next = isStopped ? undefined : take();
        if (next === undefined) {
          resolve();
          return;
        }
        present = next.at;
        try {
          next.run();
        } catch (defect) {
          reject(defect);
          return;
        }
        setImmediate(turn);
      };
      setImmediate(turn);
    });

  return {
    now: () => present,
    at,
    sleep: (ms, life) => new Promise((resolve) => void at(present + ms, resolve, life)),
    drive,
    stop() {
      isStopped = true;
    },
  };
}

const isBefore = (a: Happening, b: Happening): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function createHeap() {
  const items: Happening[] = [];
  const get = (at: number): Happening => {
    const item = items[at];
    if (item === undefined) throw new RangeError('Not in the heap');
    return item;
  };
  const sink = (item: Happening): void => {
    let at = 0;
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && isBefore(get(child + 1), get(child))) child += 1;
      if (!isBefore(get(child), item)) break;
      items[at] = get(child);
      at = child;
    }
    items[at] = item;
  };
  return {
    push(item: Happening): void {
      let at = items.length;
      items.push(item);
      for (let parent = (at - 1) >> 1; at > 0 && isBefore(item, get(parent)); parent = (at - 1) >> 1) {
        items[at] = get(parent);
        at = parent;
      }
      items[at] = item;
    },
    pop(): Happening | undefined {
      const first = items[0];
      const last = items.pop();
      if (last !== undefined && items.length > 0) sink(last);
      return first;
    },
  };
}
