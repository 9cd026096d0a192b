export type JoinedSignals = {
  readonly signal: AbortSignal;
  /** Lets go of the signals that were joined: one of them may live on. */
  release(): void;
};

/**
 * Aborted as soon as one of these is, with its reason. To be released when what it ends is over, unless they all end with it.
 * `AbortSignal.any` holds what it joins weakly, and what is held so is left for the slow collector, and its cells for longer.
 */
export function joinSignals(...signals: readonly AbortSignal[]): JoinedSignals {
  const controller = new AbortController();
  const onAbort = ({ target }: Event): void => abortLike(target as AbortSignal);
  const abortLike = (signal: AbortSignal): void => controller.abort(signal.reason);
  for (const signal of signals) {
    if (signal.aborted) abortLike(signal);
    else signal.addEventListener('abort', onAbort, { once: true });
  }
  return {
    signal: controller.signal,
    release() {
      for (const signal of signals) signal.removeEventListener('abort', onAbort);
    },
  };
}
