import * as z from 'zod';
import type { FailedAttempt } from '../../broker/shared-tokens.ts';
import type { Clock } from '../../core/clock.ts';
import { ERRORS, type ErrorCode, GatewayError } from '../../core/errors.ts';
import type { IdSource } from '../../core/ids.ts';
import type { SealedRecord } from './sealed-records.ts';

export const failedAttemptSchema = z.object({
  id: z.string(),
  /** In a row. */
  failures: z.number().int().positive(),
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  advice: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
type Sealed = z.output<typeof failedAttemptSchema>;

/** Keeps a failing call from being repeated at once by everybody who needs it. */
export type FailedAttempts = {
  /** The last one, as long as there was none that worked. */
  last(): Promise<FailedAttempt | undefined>;
  add(error: GatewayError): Promise<void>;
  forget(): Promise<void>;
};

const KEPT_MS = 600_000;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;

/** The first failure may be a blip and costs nothing; after that each one doubles the pause. */
const pauseAfter = (failures: number): number =>
  failures <= 1 ? 0 : Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 2));

export function createFailedAttempts(record: SealedRecord<Sealed>, clock: Clock, ids: IdSource): FailedAttempts {
  return {
    async last() {
      const askedAtMs = clock.monotonicMs();
      const found = await record.read();
      if (found?.value === undefined) return undefined;
      const pauseLeftMs = pauseAfter(found.value.failures) - (KEPT_MS - found.leftMs);
      return {
        id: found.value.id,
        error: errorIn(found.value, pauseLeftMs),
        pausedUntilMs: askedAtMs + Math.max(0, pauseLeftMs),
      };
    },
    async add({ code, message, advice, details }) {
      const failures = ((await record.read())?.value?.failures ?? 0) + 1;
      await record.set({ id: ids.uuid(), failures, code, message, advice, details }, KEPT_MS);
    },
    forget: () => record.remove(),
  };
}

function errorIn({ code, message, advice, details }: Sealed, pauseLeftMs: number): GatewayError {
  return new GatewayError(code, message, {
    ...(advice === undefined ? {} : { advice }),
    ...(details === undefined ? {} : { details }),
    ...(pauseLeftMs > 0 ? { retryAfterMs: Math.ceil(pauseLeftMs) } : {}),
  });
}
