/**
 * Aborted as soon as one of these is, with its reason. For signals that live no longer than the call they end: they keep it.
 * `AbortSignal.any` holds what it joins weakly, and what is held so is left for the slow collector, and its cells for longer.
 */
export function joinSignals(...signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    else signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}
