import type { Config } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import { createSimulator } from '../simulator/create-simulator.ts';
import type { Running } from './running.ts';

export type SimulatorDeps = {
  readonly config: Config;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly print: (text: string) => void;
};

/** Runs the paper broker as a process of its own. Its accounts live as long as it does. */
export async function runSimulator({ config, clock, ids, log, print }: SimulatorDeps): Promise<Running> {
  const { seed, host, port, grantKey, alwaysOpen } = config.simulator;
  if (grantKey === undefined) {
    throw new GatewayError('config_invalid', 'A simulator of its own needs SIMULATOR_GRANT_KEY.', {
      advice: 'Set it to at least 16 random characters, the same here and for the gateway.',
    });
  }
  const simulator = await createSimulator({ seed, host, port, grantKey, alwaysOpen, clock, ids, log });
  print(`The SIMULATED broker listens on ${simulator.restUrl}. No real market, no real money.\n`);
  return { close: () => simulator.close() };
}
