import { abortable } from './abortable.ts';

type Read<Value> = (options: { readonly signal: AbortSignal }) => Promise<Value>;

/** One upstream read for all who ask the same at the same time. Nothing is kept once it has answered. */
export type SharedReads = {
  /** Joins the read under way for `key`, or starts one. It ends early when the last of its callers has left. */
  share<Value>(key: string, read: Read<Value>, options: { readonly signal: AbortSignal }): Promise<Value>;
  /** From now on nobody joins a read that began before: something was changed. */
  startAfresh(): void;
};

type Running = { readonly answer: Promise<unknown>; readonly controller: AbortController; callers: number };

export function createSharedReads(): SharedReads {
  const running = new Map<string, Running>();

  function start<Value>(key: string, read: Read<Value>): Running {
    const controller = new AbortController();
    const answer = read({ signal: controller.signal });
    const started: Running = { answer, controller, callers: 0 };
    running.set(key, started);
    const forget = (): void => {
      if (running.get(key) === started) running.delete(key);
    };
    answer.then(forget, forget);
    return started;
  }

  function leave(key: string, left: Running): void {
    left.callers -= 1;
    if (left.callers > 0) return;
    left.controller.abort(new DOMException('Everybody who asked has left', 'AbortError'));
    if (running.get(key) === left) running.delete(key);
  }

  return {
    async share<Value>(key: string, read: Read<Value>, { signal }: { readonly signal: AbortSignal }): Promise<Value> {
      signal.throwIfAborted();
      const joined = running.get(key) ?? start(key, read);
      joined.callers += 1;
      try {
        return (await abortable(joined.answer, signal)) as Value;
      } finally {
        leave(key, joined);
      }
    },
    startAfresh: () => running.clear(),
  };
}
