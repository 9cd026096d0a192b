import type { DeskEvent } from './desk.ts';
import type { Telling } from './matching/floor.ts';

type Listener = (event: DeskEvent) => void;

export type Audience = {
  tell(telling: Telling): void;
  subscribe(account: string, listener: Listener): () => void;
};

/** Who listens to which account. An event is built once, and only when somebody does. */
export function createAudience(): Audience {
  const listeners = new Map<string, Set<Listener>>();
  return {
    tell({ account, type, at, data }) {
      const heard = listeners.get(account);
      if (heard === undefined || heard.size === 0) return;
      const event: DeskEvent = { account, type, at, data: data() };
      for (const listener of heard) listener(event);
    },
    subscribe(account, listener) {
      const heard = listeners.get(account) ?? new Set();
      heard.add(listener);
      listeners.set(account, heard);
      return () => {
        heard.delete(listener);
        if (heard.size === 0 && listeners.get(account) === heard) listeners.delete(account);
      };
    },
  };
}
