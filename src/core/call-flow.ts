import { AsyncLocalStorage } from 'node:async_hooks';

/** Work that nobody called for: settling, feeds, what is refreshed ahead of time. */
const NO_CALLER = '';

const flows = new AsyncLocalStorage<string>();

/** Runs `work`, and all that it starts, on behalf of the flow of this name: callers of one tenant take turns by it. */
export function inFlow<Value>(name: string, work: () => Value): Value {
  return flows.run(name, work);
}

/** For what outlives the call in which it happens to begin. */
export function outOfFlow<Value>(work: () => Value): Value {
  return flows.run(NO_CALLER, work);
}

export const currentFlow = (): string => flows.getStore() ?? NO_CALLER;
