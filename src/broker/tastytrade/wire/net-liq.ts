import * as z from 'zod';
import { amount, time } from './primitives.ts';
import type { NetLiqPoint } from '../../model/account.ts';

const bar = z.object({ 'total-open': amount, 'total-high': amount, 'total-low': amount, 'total-close': amount, time });

/** Recorded answers are in kebab case, the published description is in camel case. */
function toKebab(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null) return raw;
  return Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [
      key.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`),
      value,
    ]),
  );
}

/** One bar. The totals count: they hold pending cash as well. */
export const wireNetLiqPoint = z.preprocess(toKebab, bar).transform((wire): NetLiqPoint => ({
  at: wire.time,
  open: wire['total-open'],
  high: wire['total-high'],
  low: wire['total-low'],
  close: wire['total-close'],
}));
