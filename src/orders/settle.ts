import type { SendOutcome } from '../broker/model/order.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError, asGatewayError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';

/** The adapter bounds a send itself; this is for when it does not. */
const SEND_MS = 20_000;
/** When an order whose send had no clear end is looked for, counted from the look before. */
const LOOKS_AFTER_MS = [0, 1000, 2000, 4000];
const LOOK_MS = 3000;

type Reach = { readonly clock: Clock; readonly log: Log };

/**
 * Sends once, and then looks for what became of it if that is unclear: a few times over some seconds, deaf to the caller's
 * hanging up. Throws only what `send` throws as a GatewayError, which is before anything was sent.
 */
export async function sendOnce(
  send: () => Promise<SendOutcome>,
  lookFor: (signal: AbortSignal) => Promise<SendOutcome | undefined>,
  reach: Reach,
): Promise<SendOutcome> {
  const outcome = await sendWithin(send, reach);
  if (outcome.kind !== 'unknown') return outcome;
  for (const afterMs of LOOKS_AFTER_MS) {
    if (afterMs > 0) await reach.clock.sleep(afterMs);
    const settled = await lookOnce(lookFor, reach);
    if (settled !== undefined) return settled;
  }
  return outcome;
}

async function sendWithin(send: () => Promise<SendOutcome>, { clock, log }: Reach): Promise<SendOutcome> {
  const { promise: late, resolve } = Promise.withResolvers<SendOutcome>();
  const timer = clock.after(SEND_MS, () => resolve({ kind: 'unknown', why: 'The broker did not answer in time.' }));
  try {
    return await Promise.race([send(), late]);
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw thrown;
    // A stranger proves nothing about what left the house.
    log.error({ cause: thrown }, 'A send ended in a defect');
    return { kind: 'unknown', why: 'The gateway failed while sending.' };
  } finally {
    timer.cancel();
  }
}

async function lookOnce(
  lookFor: (signal: AbortSignal) => Promise<SendOutcome | undefined>,
  { clock, log }: Reach,
): Promise<SendOutcome | undefined> {
  const controller = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = clock.after(LOOK_MS, () => {
    controller.abort(new GatewayError('broker_timeout', 'The order could not be looked for in time.'));
    resolve(undefined);
  });
  try {
    return await Promise.race([lookFor(controller.signal), late]);
  } catch (thrown) {
    log.warn({ code: asGatewayError(thrown).code }, 'An order of unknown outcome could not be looked for');
    return undefined;
  } finally {
    timer.cancel();
  }
}
