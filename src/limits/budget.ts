/** So many units in each second, whenever the second begins, under one key for all replicas. */
export type Budget = { readonly key: string; readonly perSecond: number };

/** Never more than `units` used within any `holdMs`: a used unit may be used again after that. */
export type Window = { readonly units: number; readonly holdMs: number };

/** What calls may differ by on their way to the broker, without three of its seconds' calls falling into two. */
export const MARGIN_MS = 100;
const SECOND_MS = 1000;
/** From here on a share in whole units loses less than a fifth of it. */
const WHOLE_SHARE = 4;

/** Below one a second it is one unit in a longer time. */
export function windowOf({ perSecond }: Pick<Budget, 'perSecond'>): Window {
  return perSecond >= 1
    ? { units: Math.floor(perSecond), holdMs: SECOND_MS + MARGIN_MS }
    : { units: 1, holdMs: Math.ceil(SECOND_MS / perSecond) + MARGIN_MS };
}

/** One replica's part, so that all of them together stay within the whole. Small parts are spread evenly over time. */
export function shareOf(window: Window, replicas: number): Window {
  if (replicas <= 1) return window;
  const units = Math.floor(window.units / replicas);
  if (units >= WHOLE_SHARE) return { units, holdMs: window.holdMs };
  return { units: 1, holdMs: Math.ceil((window.holdMs * replicas) / window.units) };
}
