import type { Clock } from '../../core/clock.ts';
import type { GatewayError } from '../../core/errors.ts';

const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;

/** Keeps a failing call from being repeated at once by everybody who needs it. */
export type FailurePause = {
  /** Throws the last failure while its pause lasts. */
  check(): void;
  failed(error: GatewayError): void;
  worked(): void;
};

/** The first failure may be a blip and costs nothing; after that each one doubles the pause. */
export function createFailurePause(clock: Clock): FailurePause {
  let failures = 0;
  let last: { readonly error: GatewayError; readonly untilMs: number } | undefined;
  return {
    check() {
      if (last !== undefined && clock.monotonicMs() < last.untilMs) throw last.error;
    },
    failed(error) {
      const pauseMs = failures === 0 ? 0 : Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
      failures += 1;
      last = { error, untilMs: clock.monotonicMs() + pauseMs };
    },
    worked() {
      failures = 0;
      last = undefined;
    },
  };
}
