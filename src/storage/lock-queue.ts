/** Runs `work` after all that came earlier under the same name has ended, well or badly. */
export type LockQueue = <Value>(name: string, work: () => Promise<Value>) => Promise<Value>;

/** Lets one work of each name run at a time in this process, in order of arrival. Keeps nothing of names nobody waits for. */
export function createLockQueue(): LockQueue {
  const last = new Map<string, Promise<void>>();
  return (name, work) => {
    const earlier = last.get(name);
    const running = earlier === undefined ? work() : earlier.then(work);
    const ended = running.then(ignore, ignore).then(() => {
      if (last.get(name) === ended) last.delete(name);
    });
    last.set(name, ended);
    return running;
  };
}

const ignore = (): void => {};
