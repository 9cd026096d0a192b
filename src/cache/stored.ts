import type { EpochMs } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';

/** What is known: a value of plain JSON, or that there is none. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'absent'; readonly message: string; readonly advice?: string };

/** An outcome as it is kept. */
export type Stored = {
  /** Of the load that it came from: 36 characters, like no other's. */
  readonly version: string;
  readonly outcome: Outcome;
  readonly loadedAt: EpochMs;
  /** How long the load took. */
  readonly tookMs: number;
  /** How long it may be used from `loadedAt` on. */
  readonly lifeMs: number;
};

export const absence = ({ message, advice }: GatewayError): Outcome => ({
  kind: 'absent',
  message,
  ...(advice === undefined ? {} : { advice }),
});

/** The value; throws `not_found`, in the words of whoever looked, when there is none. */
export function valueOf(outcome: Outcome): unknown {
  if (outcome.kind === 'value') return outcome.value;
  const { message, advice } = outcome;
  throw new GatewayError('not_found', message, advice === undefined ? {} : { advice });
}
