const PER_SUBJECT = 256;

/** Bounds what is watched in this process for one subject, over all of its streams. */
export type WatchSlots = {
  /** How to give the place back, once; `undefined` when all 256 are taken. */
  take(subject: string): (() => void) | undefined;
};

export function createWatchSlots(): WatchSlots {
  const taken = new Map<string, number>();
  return {
    take(subject) {
      const own = taken.get(subject) ?? 0;
      if (own >= PER_SUBJECT) return undefined;
      taken.set(subject, own + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        const left = (taken.get(subject) ?? 1) - 1;
        if (left === 0) taken.delete(subject);
        else taken.set(subject, left);
      };
    },
  };
}
