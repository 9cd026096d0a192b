import type { Calls } from './calls.ts';
import type { HandOver } from './hand-over.ts';
import type { Basics } from './tenancy.ts';
import { atMost } from '../core/at-most.ts';
import type { CallGate } from '../transports/http/shedding/call-gate.ts';
import type { Life } from '../transports/http/life.ts';

export type Closable = { close(): Promise<void> };

/** What a gateway is made of that has a part in its end. */
export type EndingParts = {
  readonly life: Life;
  readonly handOver: HandOver;
  readonly gate: CallGate;
  readonly calls: Pick<Calls, 'settle'>;
};

export type ShutDownParts = Pick<Basics, 'config' | 'clock' | 'log'> & {
  readonly ending: EndingParts;
  /** Closes all that is open. */
  readonly closeAll: () => Promise<void>;
};

const HAND_OVER_MS = 3000;
/** What is left of the grace for closing streams, connections and databases, when calls take all the rest. */
const CLOSING_MS = 3000;
const CLOSING_SHARE = 1 / 4;

/**
 * Ends without anybody losing an answer: says that it is not ready, serves until others have noticed, hands over what is its
 * alone, lets the calls finish that it has begun, and closes. Longer than the grace it does not take.
 */
export async function shutDown(parts: ShutDownParts): Promise<void> {
  const { config, clock, log, ending, closeAll } = parts;
  const { life, handOver, gate, calls } = ending;
  const endMs = clock.monotonicMs() + config.shutdownGraceMs;
  const leftMs = (): number => Math.max(0, endMs - closingMs(config) - clock.monotonicMs());

  life.end();
  log.info({ drainMs: config.shutdownDrainMs, graceMs: config.shutdownGraceMs }, 'The gateway is ending');
  if (config.shutdownDrainMs > 0) await clock.sleep(Math.min(config.shutdownDrainMs, leftMs()));
  await handOver.run(Math.min(HAND_OVER_MS, leftMs()));
  await atMost(clock, leftMs(), gate.idle());
  gate.shut();
  await calls.settle(leftMs());
  await closeAll();
}

const closingMs = ({ shutdownGraceMs }: Basics['config']): number =>
  Math.min(CLOSING_MS, shutdownGraceMs * CLOSING_SHARE);

/** Closes the HTTP face: streams end as their revision wants it, and whoever does not let go is cut off. */
export async function closeApp(
  app: { close(): PromiseLike<unknown>; readonly server: { closeAllConnections(): void } },
  { config, clock }: Pick<Basics, 'config' | 'clock'>,
): Promise<void> {
  const closed = Promise.resolve(app.close());
  const share = closingMs(config) / 2;
  await atMost(clock, share, closed);
  app.server.closeAllConnections();
  await atMost(clock, share, closed);
}
